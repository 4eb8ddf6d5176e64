/**
 * @file Whole networks in the layout in which ONNX Runtime convolves (see ops/to-blocked.ts). By itself it enters the
 * layout where convolutions with constant kernels follow each other, and leaves it for everything else; a training step
 * is mostly everything else.
 */
import type { Graph, Value } from '../graph.js';
import { countUses, dependents } from '../live.js';
import { Add } from '../ops/add.js';
import { AveragePool } from '../ops/average-pool.js';
import { BatchNormalization } from '../ops/batch-normalization.js';
import { Between } from '../ops/between.js';
import { ChannelAffine } from '../ops/channel-affine.js';
import { ChannelScale } from '../ops/channel-scale.js';
import { Clip } from '../ops/clip.js';
import { Concat } from '../ops/concat.js';
import { Conv } from '../ops/conv.js';
import { ConvKernelGradient } from '../ops/conv-kernel-gradient.js';
import { ConvTranspose } from '../ops/conv-transpose.js';
import { Elu } from '../ops/elu.js';
import { Embed } from '../ops/embed.js';
import { GlobalAveragePool } from '../ops/global-average-pool.js';
import { HardSigmoid } from '../ops/hard-sigmoid.js';
import { HardSwish } from '../ops/hard-swish.js';
import { LeakyRelu } from '../ops/leaky-relu.js';
import { MaxPool } from '../ops/max-pool.js';
import { Mul } from '../ops/mul.js';
import { Neg } from '../ops/neg.js';
import { Pad } from '../ops/pad.js';
import { ReduceSum } from '../ops/reduce-sum.js';
import { Relu } from '../ops/relu.js';
import { ScatterAdd } from '../ops/scatter-add.js';
import { Sigmoid } from '../ops/sigmoid.js';
import { Slice } from '../ops/slice.js';
import { Sub } from '../ops/sub.js';
import { Swish } from '../ops/swish.js';
import { Tanh } from '../ops/tanh.js';
import { rewrite } from '../rewrite.js';
import { normalisation, perChannel } from './channels.js';
import { convolution } from './convolutions.js';
import { activation, difference, elementwise, mask, product, sum } from './elementwise.js';
import { kernelGradient } from './kernel-gradients.js';
import { maxPoolGradient } from './max-pool-gradient.js';
import { embedding, joining, padding, taking } from './places.js';
import { globalPooling, pooling } from './pooling.js';
import { type Rule, Site } from './site.js';
import { transposedConvolution } from './strided-convolution.js';
import { total } from './sums.js';

/**
 * What is blocked leaves the layout at once, and what needs a blocked input looks behind that; those leavings that
 * nobody looks at are dead.
 * @param block channels in a block; see runtime/block-size.ts
 * @param fed names of the parameters that are not constants
 */
export function blockedLayout(original: Graph, block: number, fed: ReadonlySet<string>): Graph {
  const uses = countUses(original);
  const varying = dependents(original, fed);
  const entered = new Map<Value, Value>();
  return rewrite(original, (graph, node, inputs) => {
    return rules.get(node.op)?.(new Site(graph, node, inputs, block, uses, varying, entered));
  });
}

/** Limits that limit nothing. */
const LARGEST = 3.4028234663852886e38;

const rules: ReadonlyMap<unknown, Rule> = new Map<unknown, Rule>([
  [Conv, convolution],
  [ConvKernelGradient, kernelGradient],
  [ChannelAffine, perChannel(({ inputs }) => ({ scale: inputs[1]!, centre: inputs[2]! }))],
  [ChannelScale, perChannel(({ inputs }) => ({ scale: inputs[1]! }))],
  [BatchNormalization, perChannel(normalisation)],
  [Relu, activation(() => ({ name: 'Relu', parameters: [] }))],
  [
    Clip,
    activation(({ min = -LARGEST, max = LARGEST }: { min?: number; max?: number }) => ({
      name: 'Clip',
      parameters: [min, max],
    })),
  ],
  [LeakyRelu, activation(({ alpha }: { alpha: number }) => ({ name: 'LeakyRelu', parameters: [alpha] }))],
  [Add, sum],
  [Mul, product],
  [Sub, difference],
  [Between, mask],
  ...[Neg, Sigmoid, Swish, Tanh, HardSigmoid, HardSwish, Elu].map((op) => [op, elementwise] as const),
  [ReduceSum, total],
  [ConvTranspose, transposedConvolution],
  [MaxPool, pooling('MaxPool')],
  [ScatterAdd, maxPoolGradient],
  [AveragePool, pooling('AveragePool')],
  [GlobalAveragePool, globalPooling],
  [Concat, joining],
  [Slice, taking],
  [Embed, embedding],
  [Pad, padding],
]);
