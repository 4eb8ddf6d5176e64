/**
 * @file 3×3 convolutions by Winograd's minimal filtering F(2×2, 3×3) (Lavin & Gray 2016, section 4.1), in the blocked
 * layout: 16 products for every 2×2 outputs where the definition takes 36.
 */
import type { Graph, Value } from '../graph.js';
import { add } from '../ops/add.js';
import { blockedConv, blockedKernel } from '../ops/blocked-conv.js';
import type { ConvAttributes } from '../ops/conv.js';
import { gemm } from '../ops/gemm.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { slice } from '../ops/slice.js';
import { sub } from '../ops/sub.js';
import { filledUp } from '../ops/to-blocked.js';
import type { Pads, Pair } from '../ops/window.js';
import { float32, type Shape, sizeOf } from '../tensor.js';
import { interleaved } from './interleaved.js';

/** Bᵀ: what each of the four transformed rows takes of a tile's four rows. Columns likewise. */
const FROM_TILE = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
] as const;

/** G: what each transformed row takes of the kernel's three. The last one's sign is turned, for sums to be all sums. */
const FROM_KERNEL = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, -1],
] as const;

/** Costs of the transforms beside that of a multiply-add of a convolution, measured: per input and per output number. */
const PER_INPUT = 95;
const PER_OUTPUT = 110;
const OVERHEAD = 1.15;

/** What is not 1.2 times as fast on one core is not faster on several, which share the memory. */
const MARGIN = 1.2;

/** Elements for each of the images': transformed, a kernel is nearly twice as large, and one that changes is so in every run. */
const MOST_KERNEL = { constant: 8, changing: 1 } as const;

/**
 * Whether a convolution of `x` [N,C,H,W] can be computed so, and is then faster: the transforms' passes over memory are
 * made up for by channels. Not where the kernel is much larger than the images, as memory matters more there.
 */
export function paysWinograd(
  x: Shape,
  kernel: Shape,
  attributes: ConvAttributes,
  isConstant = true,
): boolean {
  const { strides, pads, dilations, groups } = attributes;
  const [filters, depth, ...window] = kernel as [number, number, number, number];
  const isOne = [...strides, ...dilations, groups].every((n) => n === 1);
  if (!isOne || window.some((n) => n !== 3) || pads.some((n) => n > 2)) return false;
  const size = sizeAfter(x, pads);
  const waste = size.reduce((product, n) => product * ((2 * Math.ceil(n / 2)) / n), 1);
  const cost = waste * (4 * OVERHEAD * depth + (PER_INPUT * depth) / filters + PER_OUTPUT);
  const isLight = sizeOf(kernel) <= MOST_KERNEL[isConstant ? 'constant' : 'changing'] * sizeOf(x);
  return Math.min(...size) > 1 && 9 * depth > MARGIN * cost && isLight;
}

function sizeAfter(x: Shape, pads: Pads): Pair {
  return [x[2]! + pads[0] + pads[2] - 2, x[3]! + pads[1] + pads[3] - 2];
}

/**
 * The convolution, with stride 1, of a blocked `x` with a kernel [M,C,3,3]: blocked [N,M,H',W'].
 * @param bias [M] in whole blocks
 */
export function winogradConv(
  graph: Graph,
  x: Value,
  kernel: Value,
  { pads, bias, block }: { readonly pads: Pads; readonly bias: Value | undefined; readonly block: number },
): Value {
  const size = sizeAfter(x.shape, pads);
  const kernels = transformedKernels(graph, kernel, block);
  const product = (i: number, j: number, rest: { bias?: Value; sum?: Value } = {}) =>
    blockedConv(graph, transformedTiles(graph, x, { i, j, pads, size, block }), kernels(i, j), {
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      groups: 1,
      ...rest,
    });
  // Aᵀ = [1 1 1 0; 0 1 −1 −1]: first over rows, for each column; the bias reaches every output once by way of 1, 1.
  const columns = [0, 1, 2, 3].map((j) => {
    const [middle, next] = [product(1, j, j === 1 ? { bias } : {}), product(2, j)];
    return [
      product(0, j, { sum: add(graph, middle, next) }),
      product(3, j, { sum: sub(graph, middle, next) }),
    ] as const;
  });
  const phases = ([0, 1] as const).map((a) => {
    const [first, middle, next, last] = columns.map((column) => column[a]) as [Value, Value, Value, Value];
    return [add(graph, first, add(graph, middle, next)), add(graph, last, sub(graph, middle, next))];
  });
  return interleaved(graph, phases, { block, size });
}

/** G·kernel·Gᵀ, of which each element is a blocked kernel [M,C,1,1]. */
function transformedKernels(graph: Graph, kernel: Value, block: number): (i: number, j: number) => Value {
  const [filters, depth] = kernel.shape as [number, number];
  const allFilters = filledUp(filters, block);
  const filled = pad(graph, kernel, { pads: [0, 0, 0, 0, allFilters - filters, 0, 0, 0] });
  const factors = FROM_KERNEL.flatMap((rows) =>
    FROM_KERNEL.flatMap((columns) => rows.flatMap((row) => columns.map((column) => row * column))),
  );
  const all = gemm(
    graph,
    graph.constant(float32(factors, [16, 9])),
    reshape(graph, filled, [allFilters * depth, 9]),
    undefined,
    { transB: true },
  );
  // As one kernel of sixteen times the filters, of which each has whole blocks.
  const blocked = blockedKernel(graph, reshape(graph, all, [16 * allFilters, depth, 1, 1]), block);
  return (i, j) => {
    const start = (4 * i + j) * allFilters;
    return slice(graph, blocked, { axes: [0], starts: [start], ends: [start + allFilters] });
  };
}

interface Tiles {
  readonly i: number;
  readonly j: number;
  readonly pads: Pads;
  /** Of the convolution's result. */
  readonly size: Pair;
  readonly block: number;
}

/** Element i, j of Bᵀ·tile·B for all tiles: a convolution of each channel with four weights, two rows and columns apart. */
function transformedTiles(graph: Graph, x: Value, { i, j, pads, size, block }: Tiles): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const rows = lineOf(FROM_TILE[i]!, pads[0], height, size[0]);
  const columns = lineOf(FROM_TILE[j]!, pads[1], width, size[1]);
  const weights = rows.weights.flatMap((row) => columns.weights.map((column) => row * column));
  // Of each weight a whole block, one for each channel in it.
  const kernel = Float32Array.from(
    { length: channels * weights.length },
    (_, at) => weights[Math.floor(at / block) % weights.length]!,
  );
  const shape = [channels, 1, rows.weights.length, columns.weights.length];
  return blockedConv(graph, x, graph.constant(float32(kernel, shape)), {
    strides: [2, 2],
    pads: [rows.before, columns.before, rows.after, columns.after],
    dilations: [rows.dilation, columns.dilation],
    groups: channels,
  });
}

/** Along one axis. */
interface Line {
  readonly weights: readonly number[];
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

function lineOf(factors: readonly number[], padding: number, length: number, size: number): Line {
  const first = factors.findIndex((n) => n !== 0);
  const last = factors.findLastIndex((n) => n !== 0);
  const start = first - padding;
  const taken = factors.slice(first, last + 1);
  const isApart = start <= 0 && taken.length === 3;
  const weights = isApart ? [taken[0]!, taken[2]!] : [...Array(Math.max(start, 0)).fill(0), ...taken];
  const dilation = isApart ? 2 : 1;
  const before = Math.max(-start, 0);
  const covered = 2 * (Math.ceil(size / 2) - 1) + (weights.length - 1) * dilation + 1;
  return { weights, dilation, before, after: Math.max(covered - length - before, 0) };
}
