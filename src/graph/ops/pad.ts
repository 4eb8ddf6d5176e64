/** @file Elements added around a tensor, or cut off its edges. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { text } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32, int64, showShape, showType } from '../tensor.js';
import { takeTransposed } from './take-transposed.js';

interface PadAttributes {
  /** How many to add before each axis, then how many after each; negative numbers cut off. */
  readonly pads: readonly number[];
  /** With `value`, with a mirror image that leaves out the edge, or with the edge. */
  readonly mode: 'constant' | 'reflect' | 'edge';
  readonly value: number;
}

export const Pad = defineOperator<PadAttributes>({
  name: 'Pad',
  infer: ([x], { pads, mode }) => {
    const { dtype, shape } = x!;
    const rank = shape.length;
    const padded = shape.map((size, axis) => size + pads[axis]! + pads[axis + rank]!);
    // A mirror image is at most as large as what lies before the mirror.
    const most = shape.map((size) => (mode === 'reflect' ? size - 1 : Number.POSITIVE_INFINITY));
    const fits = pads.length === 2 * rank && pads.every((n, i) => n <= most[i % rank]!);
    if (!fits || Math.min(...padded) < 1 || (mode !== 'constant' && Math.min(...pads) < 0)) {
      throw internal(`${showType(x!)} cannot be padded by ${showShape(pads)} (${mode})`);
    }
    return [{ dtype, shape: padded }];
  },
  emit: ({ inputs: [x], outputs, attributes: { pads, mode, value } }, form) => {
    const fill = mode === 'constant' && value !== 0 ? [form.constant(float32([value], []))] : [];
    const inputs = [form.name(x!), form.constant(int64(pads)), ...fill];
    form.result(outputs, 'Pad', inputs, { mode: text(mode) });
  },
  // What was added as a constant had no part in x; what was cut off had none in y: padding by the opposite numbers.
  // Otherwise every element gets the sum over its copies.
  gradient: (graph, { inputs: [x], attributes: { pads, mode } }, [dy]) => [
    () =>
      mode === 'constant'
        ? pad(graph, dy!, { pads: pads.map((n) => -n) })
        : takeTransposed(
            graph,
            dy!,
            x!.shape.map((size, axis) => copies(size, pads[axis]!, pads[axis + x!.shape.length]!, mode)),
            x!.shape,
          ),
  ],
});

/** Which of `size` elements each element of the padded axis is a copy of. */
function copies(size: number, before: number, after: number, mode: 'reflect' | 'edge'): number[] {
  return Array.from({ length: before + size + after }, (_, i) => {
    const index = i - before;
    if (mode === 'edge') return Math.min(Math.max(index, 0), size - 1);
    return index < 0 ? -index : index < size ? index : 2 * (size - 1) - index;
  });
}

/**
 * `x` with `pads` = [begin per axis…, end per axis…] elements added: `value` (0 by default), or in the modes `reflect`
 * and `edge` copies of its own. Negative numbers cut off, in mode `constant` only.
 */
export function pad(
  graph: Graph,
  x: Value,
  { pads, mode = 'constant', value = 0 }: Pick<PadAttributes, 'pads'> & Partial<PadAttributes>,
): Value {
  return pads.every((n) => n === 0) ? x : graph.apply(Pad, [x], { pads, mode, value });
}
