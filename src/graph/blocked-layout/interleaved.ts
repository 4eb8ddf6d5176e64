/** @file Blocked images put together of their phases: of every s-th row and column each, as strided windows leave them. */
import type { Graph, Value } from '../graph.js';
import { concat } from '../ops/concat.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import type { Pair } from '../ops/window.js';

export interface Placing {
  readonly block: number;
  /** Height and width of the result. */
  readonly size: Pair;
  /** Where in the result the first row and column come; 0, 0 by default. */
  readonly start?: Pair;
}

/**
 * Row i and column j of `phases[a][b]` become row i·s + a and column j·t + b, where s is the number of phases and t that
 * in each; what then lies beyond the result is cut off. All have the same shape; one that is left out stands for zeros,
 * as does all of the result that nothing else comes to.
 */
export function interleaved(
  graph: Graph,
  phases: readonly (readonly (Value | undefined)[])[],
  { block, size, start = [0, 0] }: Placing,
): Value {
  const rows = phases.map((columns) => alternating(graph, columns, 3, block));
  return placed(graph, alternating(graph, rows, 2, block)!, { block, size, start });
}

/** `x` from a place on among zeros; places may be negative, and what lies outside is cut off. */
export function placed(
  graph: Graph,
  x: Value,
  { block, size: [height, width], start: [top, left] }: Required<Placing>,
): Value {
  const [n, channels, h, w] = x.shape as [number, number, number, number];
  if (top === 0 && left === 0 && height === h && width === w) return x;
  const images = (n * channels) / block;
  const result = pad(graph, reshape(graph, x, [images, h, w * block]), {
    pads: [0, top, left * block, 0, height - top - h, (width - left - w) * block],
  });
  return reshape(graph, result, [n, channels, height, width]);
}

/** The first row or column of each part, then the second of each, and so on. */
function alternating(
  graph: Graph,
  parts: readonly (Value | undefined)[],
  axis: 2 | 3,
  block: number,
): Value | undefined {
  const present = [...parts.keys()].filter((i) => parts[i]);
  const first = parts[present[0] ?? 0];
  if (!first || parts.length === 1) return first;
  const [n, channels, height, width] = first.shape as [number, number, number, number];
  const run = axis === 2 ? width * block : block;
  const runs = (n * channels * height * width) / run;
  const pieces = present.map((i, k) => {
    const before = k === 0 ? i : 0;
    const after = (present[k + 1] ?? parts.length) - i - 1;
    return pad(graph, reshape(graph, parts[i]!, [runs, run]), { pads: [0, before * run, 0, after * run] });
  });
  const shape =
    axis === 2 ? [n, channels, height * parts.length, width] : [n, channels, height, width * parts.length];
  return reshape(graph, concat(graph, pieces, 1), shape);
}
