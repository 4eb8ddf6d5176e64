/** @file Images enlarged or shrunk by taking for every pixel the nearest one. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { text } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32, int64, showShape, showType } from '../tensor.js';
import { takeTransposed } from './take-transposed.js';
import type { Pair } from './window.js';

/** Where an output pixel lies in the input, and which pixel is nearest to that; names and meanings are ONNX's. */
interface Sampling {
  readonly coordinates: 'asymmetric' | 'half_pixel' | 'pytorch_half_pixel' | 'align_corners';
  readonly rounding: 'floor' | 'ceil' | 'round_prefer_floor' | 'round_prefer_ceil';
}

interface ResizeAttributes extends Sampling {
  readonly size: Pair;
  /** Given where it is not size / input size, which may happen as sizes are rounded down. */
  readonly scales?: Pair;
}

export const ResizeNearest = defineOperator<ResizeAttributes>({
  name: 'ResizeNearest',
  infer: ([x], { size }) => {
    if (x!.shape.length !== 4 || Math.min(...size) < 1) {
      throw internal(`ResizeNearest cannot bring ${showType(x!)} to ${showShape(size)}`);
    }
    return [{ dtype: x!.dtype, shape: [...x!.shape.slice(0, 2), ...size] }];
  },
  emit: ({ inputs: [x], outputs, attributes: { size, scales, coordinates, rounding } }, form) => {
    const extent = scales
      ? [form.constant(float32([1, 1, ...scales]))]
      : ['', form.constant(int64([...x!.shape.slice(0, 2), ...size]))];
    form.result(outputs, 'Resize', [form.name(x!), '', ...extent], {
      mode: text('nearest'),
      coordinate_transformation_mode: text(coordinates),
      nearest_mode: text(rounding),
    });
  },
  // Every pixel gets the sum over its copies.
  gradient: (graph, { inputs: [x], attributes }, [dy]) => [
    () => {
      const sources = x!.shape.map((size, axis) =>
        axis < 2 ? [...Array(size).keys()] : nearest(size, axis - 2, attributes),
      );
      return takeTransposed(graph, dy!, sources, x!.shape);
    },
  ],
});

/** The input pixel nearest to each output pixel along an axis, in the single precision that the runtime uses. */
function nearest(from: number, axis: number, attributes: ResizeAttributes): number[] {
  const to = attributes.size[axis]!;
  const scale = Math.fround(attributes.scales?.[axis] ?? to / from);
  return Array.from({ length: to }, (_, i) => {
    const position = rounded[attributes.rounding](located[attributes.coordinates](i, scale, from, to));
    return Math.min(Math.max(position, 0), from - 1);
  });
}

const located: Record<
  Sampling['coordinates'],
  (i: number, scale: number, from: number, to: number) => number
> = {
  asymmetric: (i, scale) => Math.fround(i / scale),
  half_pixel: (i, scale) => Math.fround(Math.fround((i + 0.5) / scale) - 0.5),
  pytorch_half_pixel: (i, scale, _, to) => (to > 1 ? Math.fround(Math.fround((i + 0.5) / scale) - 0.5) : 0),
  align_corners: (i, _, from, to) => (to > 1 ? Math.fround((i * (from - 1)) / (to - 1)) : 0),
};

const rounded: Record<Sampling['rounding'], (position: number) => number> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (position) => Math.ceil(position - 0.5),
  round_prefer_ceil: (position) => Math.floor(position + 0.5),
};

export type ResizeNearestOptions = Partial<Sampling> & ({ readonly size: Pair } | { readonly scales: Pair });

/**
 * `x` [N,C,H,W] brought to another height and width, either given as `size` or as `scales`, which give
 * floor(size · scale). By default pixel i takes the one at floor(i / scale), as PyTorch's `nearest` and Keras do.
 */
export function resizeNearest(
  graph: Graph,
  x: Value,
  { coordinates = 'asymmetric', rounding = 'floor', ...extent }: ResizeNearestOptions,
): Value {
  const size = 'size' in extent ? extent.size : scaledSize(x, extent.scales);
  const scales = 'scales' in extent ? extent.scales : undefined;
  return graph.apply(ResizeNearest, [x], { size, scales, coordinates, rounding });
}

function scaledSize(x: Value, scales: Pair): Pair {
  const [height, width] = scales.map((scale, i) =>
    Math.floor(Math.fround(x.shape[i + 2]! * Math.fround(scale))),
  );
  return [height!, width!];
}
