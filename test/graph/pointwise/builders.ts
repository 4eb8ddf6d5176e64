/** @file The operators under test by name, each built from the attributes that its golden file records. */
import type { Graph, Value } from '../../../src/graph/graph.js';
import { add } from '../../../src/graph/ops/add.js';
import { clip } from '../../../src/graph/ops/clip.js';
import { concat } from '../../../src/graph/ops/concat.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from '../../../src/graph/ops/cross-entropy.js';
import { div } from '../../../src/graph/ops/div.js';
import { elu } from '../../../src/graph/ops/elu.js';
import { erf } from '../../../src/graph/ops/erf.js';
import { exp } from '../../../src/graph/ops/exp.js';
import { gelu } from '../../../src/graph/ops/gelu.js';
import { gemm } from '../../../src/graph/ops/gemm.js';
import { hardSigmoid } from '../../../src/graph/ops/hard-sigmoid.js';
import { hardSwish } from '../../../src/graph/ops/hard-swish.js';
import { leakyRelu } from '../../../src/graph/ops/leaky-relu.js';
import { log } from '../../../src/graph/ops/log.js';
import { logSoftmax } from '../../../src/graph/ops/log-softmax.js';
import { matmul } from '../../../src/graph/ops/matmul.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { neg } from '../../../src/graph/ops/neg.js';
import { pow } from '../../../src/graph/ops/pow.js';
import { prelu } from '../../../src/graph/ops/prelu.js';
import { reduceMax } from '../../../src/graph/ops/reduce-max.js';
import { reduceMean } from '../../../src/graph/ops/reduce-mean.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { sigmoid } from '../../../src/graph/ops/sigmoid.js';
import { slice } from '../../../src/graph/ops/slice.js';
import { softmax } from '../../../src/graph/ops/softmax.js';
import { softplus } from '../../../src/graph/ops/softplus.js';
import { split } from '../../../src/graph/ops/split.js';
import { sqrt } from '../../../src/graph/ops/sqrt.js';
import { sub } from '../../../src/graph/ops/sub.js';
import { swish } from '../../../src/graph/ops/swish.js';
import { tanh } from '../../../src/graph/ops/tanh.js';
import { transpose } from '../../../src/graph/ops/transpose.js';

// biome-ignore lint/suspicious/noExplicitAny: attributes come from a file and differ from operator to operator
type Build = (graph: Graph, inputs: Value[], attributes: any) => Value | Value[];

const unary = (build: (graph: Graph, x: Value) => Value): Build => {
  return (graph, [x]) => build(graph, x!);
};
const binary = (build: (graph: Graph, a: Value, b: Value) => Value): Build => {
  return (graph, [a, b]) => build(graph, a!, b!);
};
const loss = (build: typeof sigmoidCrossEntropy): Build => {
  return (graph, [logits, targets, weights]) => {
    const { loss, perSample } = build(graph, logits!, targets!, weights!);
    return [loss, perSample];
  };
};

export const builders: Record<string, Build> = {
  add: binary(add),
  sub: binary(sub),
  mul: binary(mul),
  div: binary(div),
  matmul: binary(matmul),
  prelu: binary(prelu),
  neg: unary(neg),
  relu: unary(relu),
  sigmoid: unary(sigmoid),
  tanh: unary(tanh),
  softplus: unary(softplus),
  erf: unary(erf),
  exp: unary(exp),
  log: unary(log),
  sqrt: unary(sqrt),
  swish: unary(swish),
  hardSwish: unary(hardSwish),
  pow: (graph, [x], { exponent }) => pow(graph, x!, exponent),
  clip: (graph, [x], limits) => clip(graph, x!, limits),
  leakyRelu: (graph, [x], { alpha }) => leakyRelu(graph, x!, alpha),
  elu: (graph, [x], { alpha }) => elu(graph, x!, alpha),
  hardSigmoid: (graph, [x], line) => hardSigmoid(graph, x!, line),
  gelu: (graph, [x], { approximate }) => gelu(graph, x!, approximate),
  slice: (graph, [x], range) => slice(graph, x!, range),
  transpose: (graph, [x], { permutation }) => transpose(graph, x!, permutation),
  concat: (graph, values, { axis }) => concat(graph, values, axis),
  split: (graph, [x], { axis, sizes }) => split(graph, x!, axis, sizes),
  gemm: (graph, [a, b, c], options) => gemm(graph, a!, b!, c, options),
  reduceSum: (graph, [x], { axes }) => reduceSum(graph, x!, axes),
  reduceMean: (graph, [x], { axes }) => reduceMean(graph, x!, axes),
  reduceMax: (graph, [x], { axes }) => reduceMax(graph, x!, axes),
  softmax: (graph, [x], { axis }) => softmax(graph, x!, axis),
  logSoftmax: (graph, [x], { axis }) => logSoftmax(graph, x!, axis),
  sigmoidCrossEntropy: loss(sigmoidCrossEntropy),
  softmaxCrossEntropy: loss(softmaxCrossEntropy),
};
