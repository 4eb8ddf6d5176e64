/** @file 2-D convolution (cross-correlation, as in every framework), with groups, strides, padding and dilation. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showType, type TensorType } from '../tensor.js';
import { convInputGradient } from './conv-input-gradient.js';
import { convKernelGradient } from './conv-kernel-gradient.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { type Pads, type Pair, type Window, windowAttributes, windowPlaces } from './window.js';

export interface ConvAttributes {
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations: Pair;
  /** Input and output channels fall into this many groups that do not see each other; 1 is dense. */
  readonly groups: number;
}

export const Conv = defineOperator<ConvAttributes>({
  name: 'Conv',
  infer: ([x, kernel, bias], attributes) => {
    const { groups } = attributes;
    const [filters, depth] = kernel!.shape as [number, number];
    const fits =
      kernel!.shape.length === 4 &&
      depth * groups === x!.shape[1] &&
      filters % groups === 0 &&
      (!bias || (bias.shape.length === 1 && bias.shape[0] === filters));
    if (!fits) {
      const weights = `kernel ${showType(kernel!)}${bias ? ` with bias ${showType(bias)}` : ''}`;
      throw internal(`Conv with ${groups} groups: ${weights} does not fit ${showType(x!)}`);
    }
    const places = windowPlaces('Conv', x!, windowOf(kernel!, attributes));
    return [{ dtype: x!.dtype, shape: [x!.shape[0]!, filters, ...places] }];
  },
  emit: ({ inputs, outputs, attributes }, form) =>
    form.result(outputs, 'Conv', inputs.map(form.name), {
      ...windowAttributes(windowOf(inputs[1]!, attributes)),
      group: int(attributes.groups),
    }),
  // y = Σ x·kernel + bias over the window: linear in each, and every output has the bias of its channel.
  gradient: (graph, { inputs: [x, kernel, bias], attributes }, [dy]) => [
    () => convInputGradient(graph, dy!, kernel!, attributes, [x!.shape[2]!, x!.shape[3]!]),
    () => convKernelGradient(graph, x!, dy!, attributes, kernel!.shape),
    bias && (() => reshape(graph, reduceSum(graph, dy!, [0, 2, 3]), bias.shape)),
  ],
});

/** The window of a kernel [filters, channels of a group, height, width]. */
export function windowOf(kernel: TensorType, { strides, pads, dilations }: ConvAttributes): Window {
  return { kernel: [kernel.shape[2]!, kernel.shape[3]!], strides, pads, dilations };
}

/**
 * The convolution of `x` [N,C,H,W] with `kernel` [M, C/groups, height, width]: [N,M,H',W'], with
 * H' = floor((H + top + bottom − (height−1)·dilation − 1) / stride) + 1. `bias`, if any, is [M].
 * Depthwise: groups = C.
 */
export function conv(
  graph: Graph,
  x: Value,
  kernel: Value,
  bias: Value | undefined,
  attributes: ConvAttributes,
): Value {
  return graph.apply(Conv, bias ? [x, kernel, bias] : [x, kernel], attributes);
}
