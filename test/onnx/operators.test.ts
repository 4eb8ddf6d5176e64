/** @file Every importable operator in its spellings across operator sets: equal to ONNX Runtime's own result. */
import { describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.js';
import { transpose } from '../../src/graph/ops/transpose.js';
import { float32, int64, type Tensor } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { ParameterTable } from '../../src/onnx/import/parameters.js';
import { replay } from '../../src/onnx/import/replay.js';
import { supportedOperators } from '../../src/onnx/import/table.js';
import type { OnnxModel, OnnxNode } from '../../src/onnx/model.js';
import { createSession } from '../../src/runtime/session.js';
import { runGraph } from '../graph/run-graph.js';
import { batchNormWeights, float, node, onnxModel, weight } from './model-builder.js';
import { randomImages, relativeError } from './reference.js';

/** Input `x` is [2,3,9,8]; the result is `y`. */
const inputShape = [2, 3, 9, 8];

interface Case {
  readonly title: string;
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly weights?: Readonly<Record<string, Tensor>>;
  readonly output?: string;
}

const scalar = (x: number) => float32([x], []);
const truth = (...values: number[]): Tensor => ({
  dtype: 'bool',
  shape: [values.length],
  data: Uint8Array.from(values),
});

/** One node from `x` (and weights, named in `inputs`) to `y`. */
function single(
  title: string,
  opset: number,
  inputs: string,
  attributes: Parameters<typeof node>[3] = {},
  weights: Case['weights'] = {},
): Case {
  const [opType] = title.split(' ') as [string];
  return { title, opset, nodes: [node(opType, inputs, 'y', attributes)], weights };
}

const kernel = { w: weight([6, 3, 3, 3], 1), b: weight([6], 2) };
const kernel2 = { w: weight([4, 3, 2, 2], 3) };

const convolutions: Case[] = [
  single('Conv', 7, 'x w b', { pads: [1, 1, 1, 1] }, kernel),
  single(
    'Conv with kernel_shape, strides and uneven pads',
    11,
    'x w',
    { kernel_shape: [3, 3], strides: [2, 1], pads: [0, 1, 2, 0] },
    kernel,
  ),
  single('Conv dilated', 11, 'x w b', { dilations: [2, 3] }, kernel),
  single('Conv depthwise', 13, 'x w', { group: 3, pads: [1, 1, 1, 1] }, { w: weight([6, 1, 3, 3], 4) }),
  single('Conv SAME_UPPER', 11, 'x w', { auto_pad: 'SAME_UPPER', strides: [2, 2] }, kernel),
  single('Conv SAME_UPPER of an even kernel', 11, 'x w', { auto_pad: 'SAME_UPPER' }, kernel2),
  single(
    'Conv SAME_LOWER of an even kernel',
    11,
    'x w',
    { auto_pad: 'SAME_LOWER', strides: [2, 2] },
    kernel2,
  ),
  single('Conv VALID', 11, 'x w', { auto_pad: 'VALID', strides: [3, 3] }, kernel),
  {
    title: 'Conv of a signal, as in efficient channel attention',
    opset: 13,
    nodes: [
      node('ReduceMean', 'x', 'pooled', { axes: [2, 3], keepdims: 0 }),
      node('Unsqueeze', 'pooled middle', 'signal'),
      node('Conv', 'signal k', 'y', { pads: [2, 1], strides: [2], dilations: [1], kernel_shape: [3] }),
    ],
    weights: { middle: int64([1]), k: weight([4, 1, 3], 4) },
  },
  {
    title: 'MatMul and Add over the last axis',
    opset: 13,
    nodes: [node('MatMul', 'x w', 'm'), node('Add', 'm b', 'y')],
    weights: { w: weight([8, 5], 5), b: weight([5], 6) },
  },
  {
    title: 'Gemm with every attribute',
    opset: 11,
    nodes: [
      node('Flatten', 'x', 'f'),
      node('Gemm', 'f w b', 'y', { transB: 1, alpha: float(0.5), beta: float(2) }),
    ],
    weights: { w: weight([4, 216], 7), b: weight([4], 8) },
  },
];

const normalisations: Case[] = [
  single(
    'BatchNormalization',
    7,
    'x n.scale n.centre n.mean n.variance',
    { epsilon: float(0.01) },
    batchNormWeights('n', 3),
  ),
  {
    title: 'BatchNormalization of vectors',
    opset: 15,
    nodes: [
      node('ReduceMean', 'x', 'v', { axes: [2, 3], keepdims: 0 }),
      node('BatchNormalization', 'v n.scale n.centre n.mean n.variance', 'y'),
    ],
    weights: batchNormWeights('n', 3),
  },
];

const pools: Case[] = [
  single('MaxPool', 8, 'x', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  single('MaxPool rounding up', 10, 'x', { kernel_shape: [2, 3], strides: [2, 3], ceil_mode: 1 }),
  single('MaxPool rounding up with pads', 12, 'x', {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 0, 0, 1],
    ceil_mode: 1,
  }),
  single('MaxPool dilated', 12, 'x', { kernel_shape: [2, 2], dilations: [2, 3] }),
  single('MaxPool SAME_UPPER', 11, 'x', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  single('MaxPool SAME_LOWER', 11, 'x', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' }),
  single('MaxPool over the whole map', 11, 'x', { kernel_shape: [9, 8] }),
  single('AveragePool', 7, 'x', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  single('AveragePool counting pads', 7, 'x', {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 0, 1, 1],
    count_include_pad: 1,
  }),
  single('AveragePool rounding up', 19, 'x', { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 }),
  single('AveragePool rounding up, counting pads', 19, 'x', {
    kernel_shape: [3, 3],
    strides: [3, 3],
    pads: [1, 1, 1, 1],
    ceil_mode: 1,
    count_include_pad: 1,
  }),
  single('AveragePool SAME_UPPER', 11, 'x', { kernel_shape: [3, 3], auto_pad: 'SAME_UPPER' }),
  single('AveragePool over the whole map', 11, 'x', { kernel_shape: [9, 8] }),
  single('GlobalAveragePool', 7, 'x'),
  single('GlobalMaxPool', 7, 'x'),
];

const activations: Case[] = [
  single('Relu', 7, 'x'),
  single('Clip by attributes', 7, 'x', { min: float(-0.5), max: float(1) }),
  single('Clip by inputs', 11, 'x low high', {}, { low: scalar(0), high: scalar(0.7) }),
  single('Clip at the top only', 13, 'x - high', {}, { high: scalar(0.7) }),
  single('Clip without limits', 13, 'x'),
  single('LeakyRelu', 7, 'x', { alpha: float(0.2) }),
  single('PRelu per channel', 9, 'x slope', {}, { slope: weight([3, 1, 1], 9) }),
  single('PRelu for all', 16, 'x slope', {}, { slope: float32([0.3]) }),
  single('Elu', 7, 'x', { alpha: float(0.7) }),
  single('Selu', 7, 'x'),
  single('Celu', 12, 'x', { alpha: float(0.5) }),
  single('Sigmoid', 7, 'x'),
  single('Tanh', 7, 'x'),
  single('Softplus', 7, 'x'),
  single('HardSigmoid', 7, 'x', { alpha: float(0.3), beta: float(0.4) }),
  single('HardSwish', 14, 'x'),
  single('Mish', 18, 'x'),
  single('Gelu exactly', 20, 'x'),
  single('Gelu by tanh', 20, 'x', { approximate: 'tanh' }),
  single('Softmax over all axes from the second on', 11, 'x', { axis: 2 }),
  single('Softmax over channels', 13, 'x', { axis: 1 }),
  single('LogSoftmax', 13, 'x', { axis: -1 }),
];

const positive: OnnxNode[] = [node('Mul', 'x x', 'square'), node('Add', 'square one', 'p')];
const onPositive = (title: string, opset: number): Case => ({
  title,
  opset,
  nodes: [...positive, node(title, 'p', 'y')],
  weights: { one: scalar(1) },
});

const arithmetic: Case[] = [
  single('Add of a number', 7, 'x c', {}, { c: float32([2]) }),
  single('Sub per channel', 7, 'x c', {}, { c: weight([3, 1, 1], 10) }),
  single('Sub from a number', 13, 'c x', {}, { c: scalar(1) }),
  single('Mul of a map with itself', 14, 'x x'),
  single('Div by rows', 7, 'x c', {}, { c: weight([1, 1, 9, 1], 11, 1, 2) }),
  single('Sum of three', 8, 'x x c', {}, { c: scalar(1) }),
  single('Mean of two', 13, 'x c', {}, { c: weight([3, 1, 1], 12) }),
  single('Max with a number', 12, 'x c', {}, { c: scalar(0.1) }),
  single('Min with a number first', 12, 'c x', {}, { c: scalar(0.1) }),
  single('Max of two maps', 8, 'x c', {}, { c: weight([1, 3, 9, 8], 13) }),
  single('Min of two maps', 8, 'x c', {}, { c: weight([1, 3, 9, 8], 13) }),
  single('Pow', 12, 'x c', {}, { c: scalar(2) }),
  onPositive('Sqrt', 13),
  onPositive('Log', 13),
  onPositive('Reciprocal', 13),
  single('Exp', 13, 'x'),
  single('Neg', 13, 'x'),
  single('Abs', 13, 'x'),
  single('Erf', 13, 'x'),
];

const reductions: Case[] = [
  single('ReduceMean over the image', 11, 'x', { axes: [2, 3] }),
  single('ReduceMean over the image, dropped', 11, 'x', { axes: [-1, -2], keepdims: 0 }),
  single('ReduceMean with axes as input', 18, 'x axes', { keepdims: 0 }, { axes: int64([1]) }),
  single('ReduceMean over everything', 11, 'x', { keepdims: 0 }),
  single('ReduceMean over nothing', 18, 'x', { noop_with_empty_axes: 1 }),
  single('ReduceSum by attribute', 11, 'x', { axes: [1], keepdims: 0 }),
  single('ReduceSum by input', 13, 'x axes', {}, { axes: int64([1, 3]) }),
  single('ReduceMax', 12, 'x', { axes: [2, 3] }),
  single('ReduceMin', 12, 'x', { axes: [1] }),
  single('ReduceL2', 11, 'x', { axes: [1] }),
];

const layouts: Case[] = [
  single('Reshape', 7, 'x shape', {}, { shape: int64([0, -1, 0, 4]) }),
  single('Flatten', 7, 'x'),
  single('Flatten from the last axis', 11, 'x', { axis: -1 }),
  single('Flatten from the first axis', 11, 'x', { axis: 0 }),
  single('Transpose', 7, 'x', { perm: [0, 2, 3, 1] }),
  single('Transpose reversing', 7, 'x'),
  {
    title: 'Transposes that cancel',
    opset: 13,
    nodes: [
      node('Transpose', 'x', 't', { perm: [0, 2, 3, 1] }),
      node('Transpose', 't', 'y', { perm: [0, 3, 1, 2] }),
    ],
  },
  {
    title: 'Transposes that do not',
    opset: 13,
    nodes: [
      node('Transpose', 'x', 't', { perm: [1, 2, 3, 0] }),
      node('Transpose', 't', 'y', { perm: [2, 0, 1, 3] }),
    ],
  },
  {
    title: 'ReduceMean of a map with channels last',
    opset: 13,
    nodes: [
      node('Transpose', 'x', 't', { perm: [0, 2, 3, 1] }),
      node('ReduceMean', 't', 'y', { axes: [1, 2], keepdims: 0 }),
    ],
  },
  {
    title: 'ReduceMean of a map with channels last, kept',
    opset: 13,
    nodes: [
      node('Transpose', 'x', 't', { perm: [0, 2, 3, 1] }),
      node('ReduceMean', 't', 'y', { axes: [1, 2] }),
    ],
  },
  {
    title: 'ReduceMean over what was transposed',
    opset: 13,
    nodes: [
      node('Transpose', 'x', 't', { perm: [3, 1, 0, 2] }),
      node('ReduceMean', 't', 'y', { axes: [1], keepdims: 0 }),
    ],
  },
  {
    title: 'Unsqueeze and Squeeze by attribute',
    opset: 11,
    nodes: [
      node('Unsqueeze', 'x', 'u', { axes: [0, 3] }),
      node('Squeeze', 'u', 's', { axes: [0] }),
      node('Unsqueeze', 's', 'y', { axes: [-1] }),
    ],
  },
  {
    title: 'Unsqueeze and Squeeze by input',
    opset: 13,
    nodes: [node('Unsqueeze', 'x a', 'u'), node('Squeeze', 'u b', 'y')],
    weights: { a: int64([1, -1]), b: int64([-1]) },
  },
  {
    title: 'Squeeze of every axis of size 1',
    opset: 13,
    nodes: [node('GlobalAveragePool', 'x', 'g'), node('Squeeze', 'g', 'y')],
  },
  single('Expand', 8, 'x shape', {}, { shape: int64([2, 1, 3, 1, 1]) }),
  single('Cast', 13, 'x', { to: 1 }),
  single('CastLike', 15, 'x like', {}, { like: scalar(0) }),
  single('Identity', 7, 'x'),
  single('Dropout', 7, 'x', { ratio: float(0.5) }),
  single('Dropout by inputs', 13, 'x ratio', {}, { ratio: scalar(0.5) }),
];

const slices: Case[] = [
  single('Concat', 7, 'x x', { axis: 1 }),
  single('Concat with a constant', 13, 'x c', { axis: -1 }, { c: weight([2, 3, 9, 2], 14) }),
  {
    title: 'Split by attribute',
    opset: 11,
    nodes: [node('Split', 'x', ['a', 'y'], { axis: 2, split: [4, 5] })],
  },
  {
    title: 'Split by input',
    opset: 13,
    nodes: [node('Split', 'x sizes', ['a', 'y', 'b'], { axis: -1 })],
    weights: { sizes: int64([1, 5, 2]) },
  },
  { title: 'Split evenly', opset: 13, nodes: [node('Split', 'x', ['a', 'y'], { axis: 3 })] },
  {
    title: 'Split into a number',
    opset: 18,
    nodes: [node('Split', 'x', ['a', 'y'], { axis: 2, num_outputs: 2 })],
  },
  single('Slice by attributes', 9, 'x', { starts: [1, -3], ends: [9999, -1], axes: [2, 3] }),
  single(
    'Slice by inputs',
    13,
    'x s e a t',
    {},
    { s: int64([8, 0]), e: int64([-9999, 7]), a: int64([2, 3]), t: int64([-2, 3]) },
  ),
  single('Slice without axes', 10, 'x s e', {}, { s: int64([0, 1]), e: int64([2 ** 62, 3]) }),
  single('Gather of one channel', 11, 'x i', { axis: 1 }, { i: int64([-1], []) }),
  single('Gather of a run', 11, 'x i', { axis: 2 }, { i: int64([3, 4, 5]) }),
  single('Gather in another order', 11, 'x i', { axis: 1 }, { i: int64([2, 1, 0]) }),
  single('Gather to a matrix', 11, 'x i', { axis: 3 }, { i: int64([0, 3, 2, 3], [2, 2]) }),
  single('Pad by attributes', 7, 'x', { pads: [0, 0, 1, 2, 0, 0, 3, 0], value: float(0.5) }),
  single('Pad by inputs', 11, 'x p v', {}, { p: int64([0, 0, 1, 2, 0, 0, 3, 0]), v: scalar(-1) }),
  single('Pad of two axes', 18, 'x p - a', {}, { p: int64([1, 0, 0, 2]), a: int64([2, -1]) }),
  single('Pad by reflection', 11, 'x p', { mode: 'reflect' }, { p: int64([0, 0, 2, 1, 0, 0, 0, 3]) }),
  single('Pad by the edge', 11, 'x p', { mode: 'edge' }, { p: int64([0, 0, 2, 1, 0, 0, 0, 3]) }),
  single('Pad that cuts off', 11, 'x p', {}, { p: int64([0, 0, -2, 1, 0, 0, 1, -3]) }),
  single('Tile once', 13, 'x r', {}, { r: int64([1, 1, 1, 1]) }),
  {
    title: 'SpaceToDepth and DepthToSpace',
    opset: 13,
    nodes: [
      node('Slice', 'x s e a', 'even'),
      node('SpaceToDepth', 'even', 'deep', { blocksize: 2 }),
      node('DepthToSpace', 'deep', 'dcr', { blocksize: 2 }),
      node('DepthToSpace', 'deep', 'crd', { blocksize: 2, mode: 'CRD' }),
      node('Concat', 'dcr crd', 'y', { axis: 1 }),
    ],
    weights: { s: int64([0]), e: int64([8]), a: int64([2]) },
  },
];

const resizes: Case[] = [
  single('Upsample by attribute', 7, 'x', { scales: { type: 'floats', value: [1, 1, 2, 3] } }),
  single('Upsample by input', 9, 'x s', {}, { s: float32([1, 1, 2, 2]) }),
  single('Resize', 10, 'x s', {}, { s: float32([1, 1, 2, 2]) }),
  single(
    'Resize by scales',
    11,
    'x r s',
    { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    { r: float32([]), s: float32([1, 1, 2, 0.5]) },
  ),
  single(
    'Resize by sizes with empty tensors before',
    13,
    'x r s z',
    {},
    { r: float32([]), s: float32([]), z: int64([2, 3, 18, 16]) },
  ),
  single('Resize of two axes', 18, 'x - - z', { axes: [2, 3], nearest_mode: 'ceil' }, { z: int64([13, 5]) }),
  single('Resize to the same size', 13, 'x - s', { mode: 'linear' }, { s: float32([1, 1, 1, 1]) }),
];

/** Shape arithmetic as exporters leave it behind, in front of a Reshape that shows the result. */
const foldings: Case[] = [
  {
    title: 'channel shuffle by Shape, Gather, Div, Mul, Unsqueeze and Concat',
    opset: 11,
    nodes: [
      node('Concat', 'x x', 'c', { axis: 1 }),
      node('Shape', 'c', 's'),
      ...[0, 1, 2, 3].map((i) => node('Gather', `s i${i}`, `d${i}`)),
      node('Div', 'd1 two', 'half'),
      ...['d0', 'half', 'd2', 'd3'].map((name) => node('Unsqueeze', name, `${name}u`, { axes: [0] })),
      node('Concat', 'd0u twos halfu d2u d3u', 'apart', { axis: 0 }),
      node('Reshape', 'c apart', 'r'),
      node('Transpose', 'r', 't', { perm: [0, 2, 1, 3, 4] }),
      node('Reshape', 't s', 'y'),
    ],
    weights: {
      ...Object.fromEntries([0, 1, 2, 3].map((i) => [`i${i}`, int64([i], [])])),
      two: int64([2], []),
      twos: int64([2]),
    },
  },
  {
    title: 'Cast, Floor, Ceil, Round, Sign, Sqrt, Mod and arithmetic on sizes',
    opset: 13,
    nodes: [
      node('Shape', 'x', 's'),
      node('Slice', 's from to', 'hw'),
      node('Cast', 'hw', 'f', { to: 1 }),
      node('Mul', 'f factor', 'scaled'),
      ...['Floor', 'Ceil', 'Round', 'Sign', 'Sqrt', 'Neg', 'Abs', 'Exp', 'Log', 'Reciprocal'].map((op) =>
        node(op, 'scaled', op),
      ),
      node('Sum', 'Floor Ceil Round Sign Sqrt Neg Abs Exp', 'sum'),
      node('Max', 'sum Log', 'max'),
      node('Min', 'max limit', 'min'),
      node('Cast', 'min', 'whole', { to: 7 }),
      node('Mod', 'whole five', 'mod'),
      node('Sub', 'mod five', 'negative'),
      node('Div', 'negative two', 'truncated'),
      node('Cast', 'truncated', 'again', { to: 1 }),
      node('Unsqueeze', 'again axis', 'row'),
      node('ReduceSum', 'row axis', 'summed', { keepdims: 0 }),
      node('ReduceProd', 'again', 'product'),
      node('ReduceMax', 'again', 'largest'),
      node('ReduceMin', 'again', 'smallest'),
      node('Concat', 'summed Reciprocal summed Reciprocal', 'joined', { axis: 0 }),
      node('Pow', 'joined three', 'cubed'),
      node('Mul', 'cubed product', 'c1'),
      node('Add', 'c1 largest', 'c2'),
      node('Add', 'c2 smallest', 'c3'),
      node('Add', 'x c3', 'y'),
    ],
    weights: {
      from: int64([2]),
      to: int64([4]),
      factor: scalar(0.3),
      limit: scalar(30),
      five: int64([5], []),
      two: int64([2], []),
      axis: int64([0]),
      three: scalar(3),
    },
  },
  {
    title: 'ConstantOfShape, Range, Size, Tile, Expand, Where and comparisons',
    opset: 13,
    nodes: [
      node('Shape', 'x', 's'),
      node('Gather', 's three', 'width'),
      node('Range', 'zero width one', 'columns'),
      node('Less', 'columns four', 'less'),
      node('Greater', 'columns four', 'greater'),
      node('Or', 'less greater', 'other'),
      node('Not', 'other', 'same'),
      node('Equal', 'columns four', 'equal'),
      node('And', 'same equal', 'both'),
      node('GreaterOrEqual', 'columns four', 'at least'),
      node('LessOrEqual', 'columns four', 'at most'),
      node('And', ['at least', 'at most'], 'both again'),
      node('Or', ['both', 'both again'], 'here'),
      node('ConstantOfShape', 'widths', 'sevens', { value: { type: 'tensor', value: float32([7]) } }),
      node('ConstantOfShape', 'widths', 'zeros'),
      node('Where', 'here sevens zeros', 'bump'),
      node('Size', 'x', 'size'),
      node('Cast', 'size', 'sizeF', { to: 1 }),
      node('Div', 'bump sizeF', 'small'),
      node('Expand', 'small tall', 'picture'),
      node('Tile', 'picture thrice', 'pictures'),
      node('Transpose', 'pictures', 'turned', { perm: [0, 2, 1] }),
      node('Transpose', 'turned', 'back', { perm: [0, 2, 1] }),
      node('Add', 'x back', 'sum'),
      node('Where', 'yes sum nothing', 'y'),
    ],
    weights: {
      three: int64([3], []),
      zero: int64([0], []),
      one: int64([1], []),
      four: int64([4], []),
      widths: int64([8]),
      tall: int64([1, 9, 8]),
      thrice: int64([3, 1, 1]),
      yes: truth(1),
      nothing: scalar(0),
    },
  },
  {
    title: 'constants of every kind',
    opset: 13,
    nodes: [
      node('Constant', [], 'a', { value: { type: 'tensor', value: float32([1, 2, 3], [3, 1, 1]) } }),
      node('Constant', [], 'b', { value_float: float(0.5) }),
      node('Constant', [], 'c', { value_floats: { type: 'floats', value: [1, 2, 3, 4, 5, 6, 7, 8] } }),
      node('Constant', [], 'd', { value_ints: [0, 1, 8, 3] }),
      node('Constant', [], 'e', { value_int: 2 }),
      node('Cast', 'e', 'two', { to: 1 }),
      node('Mul', 'x a', 'x0'),
      node('Div', 'x0 two', 'x1'),
      node('Add', 'x1 b', 'x2'),
      node('Sub', 'x2 c', 'x3'),
      node('Gather', 'x3 d', 'x4', { axis: 2 }),
      node('Reshape', 'x4 shape', 'x5'),
      node('Flatten', 'x5', 'y', { axis: 2 }),
    ],
    weights: { shape: int64([2, 3, 32]) },
  },
  {
    title: 'part of a Shape',
    opset: 15,
    nodes: [
      node('Shape', 'x', 's', { start: -2 }),
      node('Shape', 'x', 't', { end: 1 }),
      node('Concat', 't m s', 'r', { axis: 0 }),
      node('Reshape', 'x r', 'y'),
    ],
    weights: { m: int64([-1]) },
  },
  {
    title: 'Split and Concat of sizes',
    opset: 13,
    nodes: [
      node('Shape', 'x', 's'),
      node('Split', 's sizes', ['a', 'b', 'c']),
      node('Squeeze', 'b zero', 'b0'),
      node('Unsqueeze', 'b0 zero', 'b1'),
      node('Concat', 'c b1 a', 'r', { axis: 0 }),
      node('Identity', 'r', 'r1'),
      node('Reshape', 'x r1', 'y'),
    ],
    weights: { sizes: int64([1, 1, 2]), zero: int64([0]) },
  },
];

const cases = {
  convolutions,
  normalisations,
  pools,
  activations,
  arithmetic,
  reductions,
  layouts,
  slices,
  resizes,
  foldings,
};

describe.each(Object.entries(cases))('%s', (_, group) => {
  test.each(group.map((one) => [`${one.title}, opset ${one.opset}`, one] as const))('%s', async (__, one) => {
    const model = onnxModel({ ...one, weights: one.weights ?? {}, input: 'x', inputShape, outputs: ['y'] });
    const [imported, reference] = [await importedResult(model), await runtimeResult(model)];
    expect(imported.shape).toEqual(reference.shape);
    expect(relativeError(imported, reference)).toBeLessThan(1e-5);
  });
});

test('every operator of the tables is tried', () => {
  const tried = new Set(
    Object.values(cases).flatMap((group) => group.flatMap(({ nodes }) => nodes.map(({ opType }) => opType))),
  );
  // Swish is only in operator sets beyond those supported; here it stands for x·Sigmoid(x), see fuse.test.ts.
  expect(supportedOperators.filter((name) => !tried.has(name))).toEqual(['Swish']);
});

const [batch, , height, width] = inputShape as [number, number, number, number];
const images = randomImages(batch, height, width);

async function importedResult({ graph: { nodes, initializers }, opsets }: OnnxModel): Promise<Tensor> {
  const graph = new Graph();
  const input = { name: 'x', layout: 'channels-first', batch, height, width } as const;
  const { operands } = replay(
    { nodes, initializers, opset: opsets.get('')!, input },
    {
      graph,
      images: graph.input('x', images),
      statistics: 'frozen',
      parameters: new ParameterTable(),
      permanent: new Map(),
    },
  );
  const operand = operands.get('y');
  if (operand?.kind === 'unknown') throw operand.error;
  if (operand?.kind !== 'computed') throw new Error('y does not depend on x');
  const { value, order } = operand;
  const [result] = await runGraph(graph, [order ? transpose(graph, value, order) : value], { x: images });
  return result!;
}

async function runtimeResult(model: OnnxModel): Promise<Tensor> {
  const session = await createSession(encodeOnnx(model), { threads: 1 });
  const { y } = await session.run({ x: images });
  await session.release();
  return y!;
}
