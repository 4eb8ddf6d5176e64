/** @file What moves elements without changing them, in the blocked layout. */
import type { Value } from '../graph.js';
import { concat } from '../ops/concat.js';
import { Embed } from '../ops/embed.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { type Range, Slice } from '../ops/slice.js';
import type { Shape } from '../tensor.js';
import { interleaved } from './interleaved.js';
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

type Along = Range | undefined;

export const embedding: Rule = (site) => {
  const { ranges, shape } = site.node.attributes as { ranges: readonly Range[]; shape: Shape };
  if (!site.isBlocked(0)) return undefined;
  if (ranges.every((range) => isOfWholeBlocks(range, site.block)) && shape[1]! % site.block === 0) {
    return site.result(site.graph.apply(Embed, [site.blocked(0)], { ranges, shape }));
  }
  if (ranges.some(({ axis }) => axis < 2)) return undefined;
  const [rows, columns] = [2, 3].map((axis) => ranges.find((range) => range.axis === axis)) as [Along, Along];
  const first = site.blocked(0);
  const phases = Array.from({ length: rows?.step ?? 1 }, (_, i) =>
    Array.from({ length: columns?.step ?? 1 }, (_, j) => (i === 0 && j === 0 ? first : undefined)),
  );
  return site.result(
    interleaved(site.graph, phases, {
      block: site.block,
      size: [shape[2]!, shape[3]!],
      start: [rows?.start ?? 0, columns?.start ?? 0],
    }),
  );
};

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
