/** @file Sliding windows as ONNX describes them (auto_pad, ceil_mode, defaults) → explicit strides, pads and sizes. */
import type { Pads, Pair, Window } from '../../graph/ops/window.js';
import type { Call } from './call.js';

export interface ResolvedWindow extends Window {
  /** Rows below and columns to the right within `pads` that are only there because sizes were rounded up. */
  readonly overhang: Pair;
}

/** Resolves the window of a convolution or pooling node over its input 0, [N,C,H,W]. */
export function resolveWindow(call: Call, kernel: readonly number[]): ResolvedWindow {
  const shape = call.shape(0);
  if (shape.length !== 4 || kernel.length !== 2) {
    throw call.refusal(`is ${shape.length - 2}-dimensional; only images, [N,C,H,W], are supported`);
  }
  const strides = call.ints('strides') ?? [1, 1];
  const dilations = call.ints('dilations') ?? [1, 1];
  const given = call.ints('pads') ?? [0, 0, 0, 0];
  const axes = [0, 1].map((axis) =>
    alongAxis(call, {
      size: shape[axis + 2]!,
      extent: (kernel[axis]! - 1) * dilations[axis]! + 1,
      stride: strides[axis]!,
      before: given[axis]!,
      after: given[axis + 2]!,
    }),
  ) as [AlongAxis, AlongAxis];
  return {
    kernel: pair(kernel),
    strides: pair(strides),
    dilations: pair(dilations),
    pads: [axes[0].before, axes[1].before, axes[0].after, axes[1].after] as Pads,
    overhang: [axes[0].overhang, axes[1].overhang],
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

function pair([vertical, horizontal]: readonly number[]): Pair {
  return [vertical!, horizontal!];
}
