/** @file What moves elements without changing them, in the blocked layout. */
import type { Graph, Value } from '../graph.js';
import { concat } from '../ops/concat.js';
import { Embed } from '../ops/embed.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { type Range, Slice } from '../ops/slice.js';
import { type Shape, sizeOf } from '../tensor.js';
import type { Rule, Site } from './site.js';

export const joining: Rule = (site) => {
  const all = [...site.inputs.keys()];
  const fits =
    site.node.attributes.axis === 1 &&
    all.some((i) => site.isBlocked(i)) &&
    all.every((i) => site.isWhole(i) && site.isBlockable(i));
  return fits
    ? site.result(
        concat(
          site.graph,
          all.map((i) => site.blocked(i)),
          1,
        ),
      )
    : undefined;
};

/** Parts of the channels, or of the image. */
export const taking: Rule = (site) => {
  const { ranges } = site.node.attributes as { readonly ranges: readonly Range[] };
  if (!site.isBlocked(0)) return undefined;
  if (ranges.every((range) => isOfWholeBlocks(range, site.block))) {
    return site.result(site.graph.apply(Slice, [site.blocked(0)], { ranges }));
  }
  return ranges.every(({ axis }) => axis > 1)
    ? site.result(onPlaces(site, (x) => site.graph.apply(Slice, [x], { ranges })))
    : undefined;
};

export const embedding: Rule = (site) => {
  const { ranges, shape } = site.node.attributes as { ranges: readonly Range[]; shape: Shape };
  if (!site.isBlocked(0)) return undefined;
  if (ranges.every((range) => isOfWholeBlocks(range, site.block)) && shape[1]! % site.block === 0) {
    return site.result(site.graph.apply(Embed, [site.blocked(0)], { ranges, shape }));
  }
  const [rows, columns] = [2, 3].map((axis) => ranges.find((range) => range.axis === axis));
  if (ranges.some(({ axis }) => axis < 2)) return undefined;
  return site.result(onPlaces(site, (x) => spreadOut(site.graph, x, [rows, columns], shape)));
};

/** Zeros behind rows and columns of [N, C/block, H, W, block], and around them. */
function spreadOut(graph: Graph, x: Value, ranges: readonly (Range | undefined)[], shape: Shape): Value {
  let result = x;
  [3, 2].forEach((axis) => {
    const range = ranges[axis - 2];
    if (!range) return;
    const { start, step } = range;
    const sizes = [...result.shape];
    const inner = sizeOf(sizes.slice(axis + 1));
    const outer = sizes.slice(0, axis);
    const size = sizes[axis]!;
    const rows = reshape(graph, result, [...outer, size, inner]);
    const apart = pad(graph, rows, {
      pads: [...outer.map(() => 0), 0, 0, ...outer.map(() => 0), 0, (step - 1) * inner],
    });
    const spread = reshape(graph, apart, [...outer, size * step, inner]);
    const after = shape[axis]! - start - size * step;
    const placed = pad(graph, spread, {
      pads: [...outer.map(() => 0), start, 0, ...outer.map(() => 0), after, 0],
    });
    result = reshape(graph, placed, [...outer, shape[axis]!, ...sizes.slice(axis + 1)]);
  });
  return result;
}

export const padding: Rule = (site) => {
  const { pads, mode, value } = site.node.attributes;
  const isAround = [0, 1, 4, 5].every((i) => pads[i] === 0);
  if (!site.isBlocked(0) || !isAround || mode !== 'constant') return undefined;
  const [, , top, left, , , bottom, right] = pads;
  return site.result(
    onPlaces(site, (x) => pad(site.graph, x, { pads: [0, 0, top, left, 0, 0, 0, bottom, right, 0], value })),
  );
};

function isOfWholeBlocks({ axis, start, size, step }: Range, block: number): boolean {
  return axis === 1 && step === 1 && start % block === 0 && size % block === 0;
}

/** What happens to rows and columns, on [N, C/block, H, W, block]. */
function onPlaces(site: Site, form: (x: Value) => Value): Value {
  const { graph, block } = site;
  const x = site.blocked(0);
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const result = form(reshape(graph, x, [n, channels / block, height, width, block]));
  return reshape(graph, result, [n, channels, result.shape[2]!, result.shape[3]!]);
}
