/** @file Sliding windows as ONNX describes them (auto_pad, ceil_mode, defaults) → explicit strides, pads and sizes. */
import type { Pair, Window } from '../../graph/ops/window.js';
import type { Call } from './call.js';

export interface ResolvedWindow extends Window {
  /** Rows below and columns to the right within `pads` that are only there because sizes were rounded up. */
  readonly overhang: Pair;
}

/** Resolves the window of a convolution or pooling node over its input 0: [N,C,H,W], or [N,C,W], an image of one row. */
export function resolveWindow(call: Call, kernel: readonly number[]): ResolvedWindow {
  const [, , ...sizes] = call.shape(0);
  const rank = kernel.length;
  if (rank < 1 || rank > 2 || sizes.length !== rank) {
    throw call.refusal(`is ${sizes.length}-dimensional; only images, [N,C,H,W], are supported`);
  }
  const strides = call.ints('strides') ?? [1, 1];
  const dilations = call.ints('dilations') ?? [1, 1];
  const given = call.ints('pads') ?? [0, 0, 0, 0];
  const axes = sizes.map((size, axis) =>
    alongAxis(call, {
      size,
      extent: (kernel[axis]! - 1) * dilations[axis]! + 1,
      stride: strides[axis]!,
      before: given[axis]!,
      after: given[axis + rank]!,
    }),
  );
  const [vertical, horizontal] = lastTwo(axes, { before: 0, after: 0, overhang: 0 });
  return {
    kernel: lastTwo(kernel.slice(0, rank), 1),
    strides: lastTwo(strides.slice(0, rank), 1),
    dilations: lastTwo(dilations.slice(0, rank), 1),
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    overhang: [vertical.overhang, horizontal.overhang],
  };
}

interface Axis {
  readonly size: number;
  readonly extent: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
}

interface AlongAxis {
  readonly before: number;
  readonly after: number;
  readonly overhang: number;
}

function alongAxis(call: Call, axis: Axis): AlongAxis {
  const { before, after } = padding(call, axis);
  const { size, extent, stride } = axis;
  const room = size + before + after - extent;
  if (room < 0) {
    throw call.tooSmall(`its window spans ${extent} pixels and its input is ${size} wide or high`);
  }
  if (call.int('ceil_mode', 0) === 0) return { before, after, overhang: 0 };
  let places = Math.ceil(room / stride) + 1;
  // A window must begin within the input or the padding before it.
  if ((places - 1) * stride >= size + before) places--;
  const overhang = Math.max(0, (places - 1) * stride - room);
  return { before, after: after + overhang, overhang };
}

/** SAME: as many places as strides begin within the input, the padding split evenly, an odd one after (or before). */
function padding(
  call: Call,
  { size, extent, stride, before, after }: Axis,
): { before: number; after: number } {
  const auto = call.text('auto_pad', 'NOTSET');
  if (auto === 'NOTSET') return { before, after };
  if (auto === 'VALID') return { before: 0, after: 0 };
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') {
    throw call.refusal(`has auto_pad ${auto}; it must be one of NOTSET, VALID, SAME_UPPER, SAME_LOWER`);
  }
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  const half = Math.floor(total / 2);
  return auto === 'SAME_UPPER'
    ? { before: half, after: total - half }
    : { before: total - half, after: half };
}

/** Something per axis, with `missing` for the vertical one where there is only one. */
function lastTwo<Item>(perAxis: readonly Item[], missing: Item): readonly [Item, Item] {
  return [perAxis.at(-2) ?? missing, perAxis.at(-1)!];
}
