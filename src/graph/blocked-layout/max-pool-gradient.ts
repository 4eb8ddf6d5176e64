/**
 * @file The gradient of max pooling in the blocked layout, by comparison: ONNX Runtime finds the places of the largest
 * elements in the plain layout only, where that alone takes longer than all of this.
 */
import type { Graph, Value } from '../graph.js';
import { ints } from '../onnx-form.js';
import { add } from '../ops/add.js';
import { type Activation, blockedConv } from '../ops/blocked-conv.js';
import { blockedPool } from '../ops/blocked-pool.js';
import { MaxPoolIndices } from '../ops/max-pool.js';
import { mul } from '../ops/mul.js';
import { reshape } from '../ops/reshape.js';
import type { Range } from '../ops/slice.js';
import { sub } from '../ops/sub.js';
import type { Window } from '../ops/window.js';
import { float32, type Tensor } from '../tensor.js';
import { interleaved } from './interleaved.js';
import { blockedKernel } from './kernels.js';
import { behind, type Rule } from './site.js';

/**
 * Takes the place of the scattering. Pools the columns under the window first, which gives the largest element of each
 * of its rows, and then those: the first row that has the largest element of all gets the gradient, and in it the first
 * column, which is the first of equally large elements in row-major order.
 */
export const maxPoolGradient: Rule = (site) => {
  const { graph, block } = site;
  const indices = site.inputs[0]!;
  if (indices.source.kind !== 'node' || indices.source.node.op !== MaxPoolIndices) return undefined;
  const { inputs: pooled, attributes } = indices.source.node;
  const { kernel, strides, pads, dilations } = attributes as Window;
  const image = behind(pooled[0]!);
  const isSupported = dilations.every((n) => n === 1) && pads.every((n, i) => n < kernel[i % 2]!);
  if (!image || !isSupported || !(site.isBlocked(1) || site.isBlockable(1))) return undefined;

  const [top, left, bottom, right] = pads;
  const down: Line = { axis: 2, kernel: kernel[0], stride: strides[0], before: top, after: bottom };
  const across: Line = { axis: 3, kernel: kernel[1], stride: strides[1], before: left, after: right };
  const ofRows = pooledAlong(graph, image, across);
  const ofAll = pooledAlong(graph, ofRows, down);
  const toRows = gradientAlong(graph, ofRows, ofAll, site.blocked(1), down, block);
  return site.result(gradientAlong(graph, image, ofRows, toRows, across, block));
};

/** A window that extends along one axis only. */
interface Line {
  readonly axis: 2 | 3;
  readonly kernel: number;
  readonly stride: number;
  /** Padding. */
  readonly before: number;
  readonly after: number;
}

function pooledAlong(graph: Graph, x: Value, { axis, kernel, stride, before, after }: Line): Value {
  const padded = x.shape[axis]! + before + after;
  const count = Math.floor((padded - kernel) / stride) + 1;
  const [height, width] = x.shape.slice(2) as [number, number];
  const along = (n: number, other: number) => (axis === 2 ? [n, other] : [other, n]);
  return blockedPool(graph, x, 'MaxPool', axis === 2 ? [count, width] : [height, count], {
    kernel_shape: ints(along(kernel, 1)),
    strides: ints(along(stride, 1)),
    pads: ints([...along(before, 0), ...along(after, 0)]),
  });
}

/** 1 for 0, and 0 for all numbers from the least normal one on. */
const IS_ZERO: Activation = { name: 'HardSigmoid', parameters: [-(2 ** 126), 1] };

/**
 * The gradient of `x`, pooled along a line to `y`. The elements in one place of all windows at once, one place after the
 * other, claim what is theirs; what is left is the last one's.
 */
function gradientAlong(graph: Graph, x: Value, y: Value, dy: Value, line: Line, block: number): Value {
  const { axis, kernel, stride, before } = line;
  let unclaimed = dy;
  const claims = Array.from({ length: kernel }, (_, place) => {
    if (place === kernel - 1) return unclaimed;
    const range = { axis, start: place - before, step: stride, size: y.shape[axis]! };
    const isLargest = taken(graph, x, range, block, {
      factor: -1,
      sum: withoutPadding(graph, y, range, x.shape[axis]!, block),
      activation: IS_ZERO,
    });
    const claimed = mul(graph, unclaimed, isLargest);
    unclaimed = sub(graph, unclaimed, claimed);
    return claimed;
  });

  const size = Math.ceil(x.shape[axis]! / stride);
  const phases = Array.from({ length: stride }, (_, phase) =>
    claims
      .map((claim, place) => ({ claim, start: (phase + before - place) / stride }))
      .filter(({ start }) => Number.isInteger(start))
      .sort((a, b) => Math.abs(a.start) - Math.abs(b.start)) // one that need not move saves a pass
      .reduce<Value | undefined>(
        (sum, { claim, start }) => taken(graph, claim, { axis, start, step: 1, size }, block, { sum }),
        undefined,
      ),
  );
  return interleaved(graph, axis === 2 ? phases.map((phase) => [phase]) : [phases], {
    block,
    size: [x.shape[2]!, x.shape[3]!],
  });
}

interface Pass {
  readonly factor?: number;
  readonly sum: Value | undefined;
  readonly activation?: Activation;
}

/**
 * What a range takes of `x`, with zeros where it reaches beyond it, times a factor, plus a sum, through an activation: a
 * convolution of each channel with a kernel that has one element.
 */
function taken(
  graph: Graph,
  x: Value,
  { axis, start, step, size }: Range,
  block: number,
  { factor = 1, sum, activation }: Pass,
): Value {
  const channels = x.shape[1]!;
  const length = x.shape[axis]!;
  if (start === 0 && step === 1 && size === length && factor === 1 && !activation) {
    return sum ? add(graph, sum, x) : x;
  }
  const place = Math.max(start, 0);
  const before = Math.max(-start, 0);
  // As long as it takes for there to be no more places than wanted.
  const kernel = Math.max(place + 1, length + before + 1 - step * size);
  const after = Math.max(step * (size - 1) + kernel - length - before, 0);
  const isDown = axis === 2;
  const weights = float32(
    Float32Array.from({ length: channels * kernel }, (_, i) => (i % kernel === place ? factor : 0)),
    [channels, 1, ...(isDown ? [kernel, 1] : [1, kernel])],
  );
  return blockedConv(graph, x, blockedKernel(graph, graph.constant(weights), block), {
    strides: isDown ? [step, 1] : [1, step],
    pads: isDown ? [before, 0, after, 0] : [0, before, 0, after],
    dilations: [1, 1],
    groups: channels,
    sum,
    activation,
  });
}

/** `y` with infinity where the range reaches beyond the image that is so long: no padding is as large. */
function withoutPadding(graph: Graph, y: Value, range: Range, length: number, block: number): Value {
  const { axis, start, step, size } = range;
  const limits = Array.from({ length: size }, (_, i) => {
    const place = start + i * step;
    return place < 0 || place >= length ? Number.POSITIVE_INFINITY : 0;
  });
  if (limits.every((limit) => limit === 0)) return y;
  const [n, channels, height, width] = y.shape as [number, number, number, number];
  const images = (n * channels) / block;
  const [shape, added]: [number[], Tensor] =
    axis === 2
      ? [[images, height, width * block], float32(limits, [size, 1])]
      : [[images * height, width * block], float32(limits.flatMap((limit) => Array(block).fill(limit)))];
  return reshape(graph, add(graph, reshape(graph, y, shape), graph.constant(added)), y.shape);
}
