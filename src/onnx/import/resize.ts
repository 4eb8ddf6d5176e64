/** @file Rows for enlarging and shrinking maps: nearest neighbour only. */
import { type ResizeNearestOptions, resizeNearest } from '../../graph/ops/resize-nearest.js';
import type { Pair } from '../../graph/ops/window.js';
import { sameShape } from '../../graph/tensor.js';
import type { Call, Result, Rows } from './call.js';
import { numbersOf } from './fold.js';
import { shapeOf } from './operand.js';

export const resizeRows: Rows = {
  Upsample: (call) =>
    resize(call, { scales: call.floats('scales') ?? call.numbers(1) }, 'asymmetric', 'floor'),
  Resize: (call) => {
    if (call.opset < 11) return resize(call, { scales: call.numbers(1) }, 'asymmetric', 'floor');
    const scales = numbersIfAny(call, 2);
    const extent = scales ? { scales: onAllAxes(call, scales, 1) } : { sizes: onAllAxes(call, sizes(call)) };
    const coordinates = call.text('coordinate_transformation_mode', 'half_pixel');
    return resize(call, extent, coordinates, call.text('nearest_mode', 'round_prefer_floor'));
  },
};

type Extent = { readonly scales: readonly number[] } | { readonly sizes: readonly number[] };

const coordinateModes = ['asymmetric', 'half_pixel', 'pytorch_half_pixel', 'align_corners'] as const;
const roundings = ['floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil'] as const;

function resize(call: Call, extent: Extent, coordinateMode: string, roundingMode: string): Result {
  const shape = call.shape(0);
  const target =
    'sizes' in extent ? extent.sizes : extent.scales.map((scale, axis) => Math.floor(scale * shape[axis]!));
  if (sameShape(target, shape)) return call.operand(0);
  if (shape.length !== 4 || target[0] !== shape[0] || target[1] !== shape[1]) {
    throw call.refusal(`resizes [${shape}] to [${target}]; only the height and width of images can be`);
  }
  const mode = call.text('mode', 'nearest');
  if (mode !== 'nearest') throw call.refusal(`has mode ${mode}; only nearest is supported`);
  const coordinates = coordinateModes.find((known) => known === coordinateMode);
  const rounding = roundings.find((known) => known === roundingMode);
  if (!coordinates || !rounding) {
    throw call.refusal(
      `samples by ${coordinateMode} and ${roundingMode}; supported are ${coordinateModes.join(', ')} and ${roundings.join(', ')}`,
    );
  }
  const options: ResizeNearestOptions =
    'scales' in extent ? { scales: lastTwo(extent.scales) } : { size: lastTwo(extent.sizes) };
  return resizeNearest(call.graph, call.value(0), { ...options, coordinates, rounding });
}

/** A size that was written down for one image size only means the same enlargement at another. */
function sizes(call: Call): readonly number[] {
  const given = call.numbers(3);
  const native = call.native(0);
  const nativeSizes = call.native(3);
  if (!native || nativeSizes?.kind !== 'static') return given;
  const from = call.shape(0).slice(-given.length);
  const nativeFrom = shapeOf(native)!.slice(-given.length);
  const wasFixed = numbersOf(nativeSizes.tensor);
  return given.map((size, axis) =>
    size === wasFixed[axis] ? Math.round((size / nativeFrom[axis]!) * from[axis]!) : size,
  );
}

/** Since opset 18, sizes and scales may be given for some axes only; the others keep their size, or `rest`. */
function onAllAxes(call: Call, given: readonly number[], rest?: number): readonly number[] {
  const shape = call.shape(0);
  const axes = call.ints('axes')?.map((axis) => call.axis(axis, shape.length));
  if (!axes) return given;
  return shape.map((size, axis) => (axes.includes(axis) ? given[axes.indexOf(axis)]! : (rest ?? size)));
}

/** An input that may be left out by giving an empty tensor. */
function numbersIfAny(call: Call, input: number): readonly number[] | undefined {
  const numbers = call.has(input) ? call.numbers(input) : [];
  return numbers.length > 0 ? numbers : undefined;
}

function lastTwo(numbers: readonly number[]): Pair {
  return [numbers.at(-2)!, numbers.at(-1)!];
}
