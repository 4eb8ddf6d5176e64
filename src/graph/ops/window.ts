/** @file A window that slides over the two image axes: the arithmetic that convolutions and pooling share. */
import { internal } from '../../errors.js';
import { ints, type OnnxAttributes } from '../onnx-form.js';
import { showShape, showType, type TensorType } from '../tensor.js';

/** Something per image axis: vertically, horizontally. */
export type Pair = readonly [number, number];

/** Rows and columns added around an image: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

export interface Window {
  /** Height and width in elements, gaps of the dilation not counted. */
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads: Pads;
  /** Distance between the window's elements; 1 leaves no gaps. */
  readonly dilations: Pair;
}

/** Rows and columns that a window covers, gaps included. */
export function extent({ kernel, dilations }: Pick<Window, 'kernel' | 'dilations'>): Pair {
  return [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
}

/** How many places the window has in `x`, [N,C,H,W]: floor((size + pads − extent) / stride) + 1 per axis. */
export function windowPlaces(op: string, x: TensorType, window: Window): Pair {
  if (x.shape.length !== 4 || x.dtype !== 'float32') {
    throw internal(`${op} needs float32[N,C,H,W], not ${showType(x)}`);
  }
  const [height, width] = extent(window);
  const [top, left, bottom, right] = window.pads;
  if (Math.min(...window.pads) < 0) throw internal(`${op} cannot pad by ${showShape(window.pads)}`);
  const places: Pair = [
    Math.floor((x.shape[2]! + top + bottom - height) / window.strides[0]) + 1,
    Math.floor((x.shape[3]! + left + right - width) / window.strides[1]) + 1,
  ];
  if (Math.min(...places) < 1) {
    throw internal(
      `${op}'s window of ${showShape([height, width])} does not fit ${showType(x)} padded by ${showShape(window.pads)}`,
    );
  }
  return places;
}

/** The attributes that ONNX's pooling and convolutions have in common. */
export function windowAttributes({ kernel, strides, pads, dilations }: Window): OnnxAttributes {
  return {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    pads: ints(pads),
    dilations: ints(dilations),
  };
}
