/** @file The transpose of slicing: elements put in their places among zeros. */
import type { Graph, Value } from '../graph.js';
import type { OnnxForm, OnnxName } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { int64, type Shape } from '../tensor.js';
import { type Range, slice } from './slice.js';

interface EmbedAttributes {
  readonly shape: Shape;
  /** Steps are positive here. */
  readonly ranges: readonly Range[];
}

export const Embed = defineOperator<EmbedAttributes>({
  name: 'Embed',
  infer: ([x], { shape }) => [{ dtype: x!.dtype, shape }],
  emit: ({ inputs: [x], outputs, attributes: { shape, ranges } }, form) => {
    const spread = ranges.some(({ step }) => step > 1)
      ? spreadOut(form, form.name(x!), x!.shape, ranges)
      : undefined;
    const before = shape.map(() => 0);
    const after = shape.map(() => 0);
    for (const { axis, start, step, size } of ranges) {
      before[axis] = start;
      after[axis] = shape[axis]! - start - size * step; // negative: crops zeros that spreading added
    }
    form.result(outputs, 'Pad', [spread ?? form.name(x!), form.constant(int64([...before, ...after]))]);
  },
  gradient: (graph, { attributes: { ranges } }, [dy]) => [
    () =>
      slice(graph, dy!, {
        axes: ranges.map(({ axis }) => axis),
        starts: ranges.map(({ start }) => start),
        ends: ranges.map(({ start, step, size }) => start + (size - 1) * step + 1),
        steps: ranges.map(({ step }) => step),
      }),
  ],
});

/** Puts step − 1 zeros behind every element: along an axis of its own, which is then merged with the element's. */
function spreadOut(form: OnnxForm, x: OnnxName, shape: Shape, ranges: readonly Range[]): OnnxName {
  const step = (axis: number) => ranges.find((range) => range.axis === axis)?.step ?? 1;
  const apart = shape.flatMap((size, axis) => (step(axis) > 1 ? [size, 1] : [size]));
  const zeros = shape.flatMap((_, axis) => (step(axis) > 1 ? [0, step(axis) - 1] : [0]));
  const merged = shape.map((size, axis) => size * step(axis));
  const column = form.node('Reshape', [x, form.constant(int64(apart))]);
  const padded = form.node('Pad', [column, form.constant(int64([...zeros.map(() => 0), ...zeros]))]);
  return form.node('Reshape', [padded, form.constant(int64(merged))]);
}

/** A tensor of the given shape that is 0 except that slicing it by `ranges` gives `x`. */
export function embed(graph: Graph, x: Value, shape: Shape, ranges: readonly Range[]): Value {
  // A backward range is a forward one of the reversed elements.
  const backward = ranges.filter(({ step }) => step < 0);
  const reversed = slice(graph, x, {
    axes: backward.map(({ axis }) => axis),
    starts: backward.map(() => -1),
    ends: backward.map(() => -(2 ** 31)),
    steps: backward.map(() => -1),
  });
  const forward = ranges.map((range) =>
    range.step > 0
      ? range
      : { ...range, start: range.start + (range.size - 1) * range.step, step: -range.step },
  );
  return graph.apply(Embed, [reversed], { shape, ranges: forward });
}
