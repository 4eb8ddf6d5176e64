/** @file The gradient of max pooling by comparison, where the runtime cannot say which element was the largest. */
import type { Graph, Value } from '../graph.js';
import { add } from '../ops/add.js';
import { between } from '../ops/between.js';
import { embed } from '../ops/embed.js';
import { MaxPool, MaxPoolIndices } from '../ops/max-pool.js';
import { mul } from '../ops/mul.js';
import { pad } from '../ops/pad.js';
import { ScatterAdd } from '../ops/scatter-add.js';
import { type Range, slice } from '../ops/slice.js';
import { sub } from '../ops/sub.js';
import type { Window } from '../ops/window.js';
import { rewrite } from '../rewrite.js';

/** Below whatever is pooled, and near enough that differences stay finite however `between` scales them. */
const PADDING = -1e8;

/**
 * Replaces indices and scattering. The result is the same to the bit, as sums of a few elements in another order may be:
 * of equally large elements the first in row-major order wins here too.
 */
export function maxPoolGradients(original: Graph): Graph {
  return rewrite(original, (graph, { op }, inputs) => {
    const [indices, dy] = inputs as [Value, Value];
    if (op !== ScatterAdd || indices.source.kind !== 'node') return undefined;
    const { op: winners, inputs: pooled, attributes } = indices.source.node;
    return winners === MaxPoolIndices ? [gradient(graph, pooled[0]!, dy, attributes)] : undefined;
  });
}

function gradient(graph: Graph, x: Value, dy: Value, window: Window): Value {
  const { kernel, strides, pads, dilations } = window;
  const [top, left, bottom, right] = pads;
  const y = graph.apply(MaxPool, [x], window);
  const padded = pad(graph, x, { pads: [0, 0, top, left, 0, 0, bottom, right], value: PADDING });

  let sum: Value | undefined;
  let unclaimed = dy;
  for (let i = 0; i < kernel[0] * kernel[1]; i++) {
    const offset = [Math.floor(i / kernel[1]), i % kernel[1]];
    const ranges = [0, 1].map(
      (axis): Range => ({
        axis: axis + 2,
        start: offset[axis]! * dilations[axis]!,
        step: strides[axis]!,
        size: y.shape[axis + 2]!,
      }),
    );
    const left = mul(
      graph,
      unclaimed,
      between(graph, sub(graph, y, taken(graph, padded, ranges)), { low: 0 }),
    );
    const claimed = embed(graph, sub(graph, unclaimed, left), padded.shape, ranges);
    sum = sum ? add(graph, sum, claimed) : claimed;
    unclaimed = left;
  }
  return pad(graph, sum!, { pads: [0, 0, -top, -left, 0, 0, -bottom, -right] });
}

/** The element of every window that lies in the same place. */
function taken(graph: Graph, x: Value, ranges: readonly Range[]): Value {
  return slice(graph, x, {
    axes: ranges.map(({ axis }) => axis),
    starts: ranges.map(({ start }) => start),
    ends: ranges.map(({ start, step, size }) => start + (size - 1) * step + 1),
    steps: ranges.map(({ step }) => step),
  });
}
