/** @file An ONNX network as JavaScript engines run it, node by node: what is computed, from what, and which weights train. */

import type { Tensor } from '../src/graph/tensor.js';
import type { OnnxNode } from '../src/onnx/model.js';
import { readOnnx } from '../src/onnx/read.js';
import type { MeasuredMethod } from './step-case.js';

/** What a node computes; an operator not here is one that these engines' scripts do not know. */
export const jsOperators = [
  'Conv',
  'BatchNormalization',
  'Relu',
  'Add',
  'Mul',
  'Sigmoid',
  'GlobalAveragePool',
] as const;
export type JsOperator = (typeof jsOperators)[number];

export interface JsNode {
  readonly op: JsOperator;
  /** Names of values that are computed. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** Names of weights, in the operator's order. */
  readonly weights: readonly string[];
  /** Of a convolution. */
  readonly strides: readonly [number, number];
  readonly groups: number;
  /** Of a batch norm. */
  readonly epsilon: number;
  /** [top, left, bottom, right] for an input of that height and width. */
  padding(size: readonly [number, number]): readonly [number, number, number, number];
}

export interface JsNetwork {
  readonly input: string;
  readonly nodes: readonly JsNode[];
  /** Of the features, float32 [N,C,H,W]. */
  readonly output: string;
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Names of batch-norm scales, in the order of their layers. */
  readonly scales: readonly string[];
  /** Names of the weights that train, the scales first. */
  readonly trained: readonly string[];
}

export async function readJsNetwork(file: string, method: MeasuredMethod): Promise<JsNetwork> {
  const { graph } = await readOnnx(file);
  const nodes = graph.nodes.map((node) => describe(node, graph.initializers));
  const norms = nodes.filter(({ op }) => op === 'BatchNormalization');
  const scales = norms.map(({ weights }) => weights[0]!);
  const normal = [...scales, ...norms.map(({ weights }) => weights[1]!)];
  const kernels = nodes.filter(({ op }) => op === 'Conv').flatMap(({ weights }) => weights);
  const used = new Set(nodes.flatMap(({ weights }) => weights));
  return {
    input: graph.inputs[0]!.name,
    nodes,
    output: graph.outputs[0]!.name,
    weights: new Map([...graph.initializers].filter(([name]) => used.has(name))),
    scales,
    trained: method === 'full' ? [...normal, ...kernels] : normal,
  };
}

function describe(node: OnnxNode, initializers: ReadonlyMap<string, Tensor>): JsNode {
  const { opType, inputs, outputs, attributes } = node;
  if (!jsOperators.includes(opType as JsOperator)) throw new Error(`it is not told how to compute ${opType}`);
  const given = <Value>(name: string, otherwise: Value) => (attributes[name]?.value ?? otherwise) as Value;
  const weights = inputs.filter((name) => initializers.has(name));
  const strides = given<readonly number[]>('strides', [1, 1]).map(Number) as [number, number];
  const pads = given<readonly number[]>('pads', [0, 0, 0, 0]).map(Number) as [number, number, number, number];
  const isSame = given<string>('auto_pad', 'NOTSET') === 'SAME_UPPER';
  return {
    op: opType as JsOperator,
    inputs: inputs.filter((name) => !initializers.has(name)),
    output: outputs[0]!,
    weights,
    strides,
    groups: Number(given('group', 1)),
    epsilon: given('epsilon', 1e-5),
    padding(size) {
      if (!isSame) return pads;
      const kernel = initializers.get(weights[0]!)!.shape.slice(2);
      const totals = size.map((n, i) =>
        Math.max((Math.ceil(n / strides[i]!) - 1) * strides[i]! + kernel[i]! - n, 0),
      ) as [number, number];
      const before = totals.map((total) => Math.floor(total / 2)) as [number, number];
      return [...before, totals[0] - before[0], totals[1] - before[1]];
    },
  };
}
