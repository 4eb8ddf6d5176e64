/** @file The mean under a sliding window. */
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32, type Shape } from '../tensor.js';
import { convInputGradient } from './conv-input-gradient.js';
import { scaled } from './elementwise.js';
import { mul } from './mul.js';
import { resizeNearest } from './resize-nearest.js';
import { type Pads, type Pair, type Window, windowAttributes, windowPlaces } from './window.js';

interface AveragePoolAttributes extends Omit<Window, 'dilations'> {
  /** Whether padding counts as zeros, or not at all. */
  readonly countIncludePad: boolean;
}

export const AveragePool = defineOperator<AveragePoolAttributes>({
  name: 'AveragePool',
  infer: ([x], window) => {
    const places = windowPlaces('AveragePool', x!, { ...window, dilations: [1, 1] });
    return [{ dtype: x!.dtype, shape: [...x!.shape.slice(0, 2), ...places] }];
  },
  emit: ({ inputs: [x], outputs, attributes }, form) => {
    const { dilations: _, ...window } = windowAttributes({ ...attributes, dilations: [1, 1] });
    form.result(outputs, 'AveragePool', [form.name(x!)], {
      ...window,
      count_include_pad: int(Number(attributes.countIncludePad)),
    });
  },
  // y = Σ x/n over the window: every x gets dy/n of each window that it was in. That is a depthwise convolution with
  // a kernel of ones, reversed; where windows do not overlap and tile x, each window's share is merely repeated.
  gradient: (graph, { inputs: [x], outputs: [y], attributes }, [dy]) => [
    () => {
      const { kernel, strides, pads, countIncludePad } = attributes;
      const size: Pair = [x!.shape[2]!, x!.shape[3]!];
      const padded = pads.some((n) => n > 0);
      const share =
        padded && !countIncludePad
          ? mul(graph, dy!, graph.constant(shares(size, y!.shape, attributes)))
          : scaled(graph, dy!, 1 / (kernel[0] * kernel[1]));
      const tiles = [0, 1].every(
        (i) => strides[i] === kernel[i] && y!.shape[i + 2]! * strides[i]! === size[i],
      );
      if (tiles && !padded) return resizeNearest(graph, share, { size });
      const channels = x!.shape[1]!;
      const ones = float32(new Float32Array(channels * kernel[0] * kernel[1]).fill(1), [
        channels,
        1,
        ...kernel,
      ]);
      const window = { strides, pads, dilations: [1, 1], groups: channels } as const;
      return convInputGradient(graph, share, graph.constant(ones), window, size);
    },
  ],
});

/** 1/n for every place of the window, where n is how many elements of the unpadded image it covers: [1,1,H',W']. */
function shares(size: Pair, places: Shape, { kernel, strides, pads }: AveragePoolAttributes) {
  const covered = (axis: 0 | 1) =>
    Array.from({ length: places[axis + 2]! }, (_, place) => {
      const start = place * strides[axis] - pads[axis];
      return Math.min(start + kernel[axis], size[axis]) - Math.max(start, 0);
    });
  const columns = covered(1);
  const counts = covered(0).flatMap((rows) => columns.map((column) => 1 / (rows * column)));
  return float32(counts, [1, 1, places[2]!, places[3]!]);
}

export interface AveragePoolOptions {
  readonly kernel: Pair;
  /** The kernel's size by default. */
  readonly strides?: Pair;
  /** 0 by default. */
  readonly pads?: Pads;
  /** Whether padding counts as zeros (PyTorch's default) or not at all (TensorFlow's; the default here). */
  readonly countIncludePad?: boolean;
}

/** The mean of `x` [N,C,H,W] under each place of a window: [N,C,H',W'], H' as for `conv`. */
export function averagePool(
  graph: Graph,
  x: Value,
  { kernel, strides = kernel, pads = [0, 0, 0, 0], countIncludePad = false }: AveragePoolOptions,
): Value {
  return graph.apply(AveragePool, [x], { kernel, strides, pads, countIncludePad });
}
