/**
 * @file Convolution in the blocked layout (see to-blocked.ts), with what can happen in the same pass over its result. ONNX
 * Runtime turns convolutions with constant kernels into these by itself; written out, they also take kernels that are
 * fed, and stay in the layout where ONNX Runtime would leave it.
 */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { BLOCKED, floats, int, type OnnxAttributes, text } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showType, sizeOf, type TensorType } from '../tensor.js';
import { type ConvAttributes, windowOf } from './conv.js';
import { pad } from './pad.js';
import { reshape } from './reshape.js';
import { type Range, Slice } from './slice.js';
import { filledUp } from './to-blocked.js';
import { transpose } from './transpose.js';
import { windowAttributes, windowPlaces } from './window.js';

/** Applied to every element of the result, by ONNX's name. */
export interface Activation {
  readonly name: 'Relu' | 'LeakyRelu' | 'Clip' | 'Sigmoid' | 'Tanh' | 'HardSigmoid';
  readonly parameters: readonly number[];
}

export interface BlockedConvAttributes extends ConvAttributes {
  /** What follows the images and the kernel among the inputs. */
  readonly added: readonly ('bias' | 'sum')[];
  readonly activation: Activation | undefined;
}

export const BlockedConv = defineOperator<BlockedConvAttributes>({
  name: 'BlockedConv',
  infer: ([x, kernel], attributes) => {
    if (x!.shape[1] !== kernel!.shape[1]! * attributes.groups) {
      throw internal(`BlockedConv: kernel ${showType(kernel!)} does not fit ${showType(x!)}`);
    }
    const places = windowPlaces('BlockedConv', x!, windowOf(kernel!, attributes));
    return [{ dtype: x!.dtype, shape: [x!.shape[0]!, kernel!.shape[0]!, ...places] }];
  },
  emit: ({ inputs: [x, kernel, ...rest], outputs, attributes }, form) => {
    const { added, activation, groups } = attributes;
    const [bias, sum] = (['bias', 'sum'] as const).map((kind) => {
      const index = added.indexOf(kind);
      return index < 0 ? '' : form.name(rest[index]!);
    });
    const inputs = [form.name(x!), form.name(kernel!), bias!, sum!];
    while (inputs.at(-1) === '') inputs.pop();
    form.result(
      outputs,
      'Conv',
      inputs,
      { ...windowAttributes(windowOf(kernel!, attributes)), group: int(groups), ...activated(activation) },
      BLOCKED,
    );
  },
});

function activated(activation: Activation | undefined): OnnxAttributes {
  if (!activation) return {};
  const { name, parameters } = activation;
  return {
    activation: text(name),
    ...(parameters.length > 0 && { activation_params: floats(parameters) }),
  };
}

export interface BlockedConvOptions extends ConvAttributes {
  /** [M] */
  readonly bias?: Value;
  /** Added before the activation; blocked, of the result's shape. */
  readonly sum?: Value;
  readonly activation?: Activation;
}

/**
 * @param x blocked [N,C,H,W]; or, with fewer channels than a block has, as it is
 * @param kernel [M, C/groups, height, width] as `blockedKernel` gives it
 */
export function blockedConv(
  graph: Graph,
  x: Value,
  kernel: Value,
  { bias, sum, activation, ...attributes }: BlockedConvOptions,
): Value {
  const added = [...(bias ? ['bias' as const] : []), ...(sum ? ['sum' as const] : [])];
  const rest = [bias, sum].filter((value) => value !== undefined);
  return graph.apply(BlockedConv, [x, kernel, ...rest], { ...attributes, added, activation });
}

/**
 * A kernel [M, C/groups, height, width] as the blocked convolution wants it: filters in blocks; input channels too, unless
 * there is but one to a group or fewer than fill a block, with zeros to fill the last ones.
 */
export function blockedKernel(graph: Graph, kernel: Value, block: number): Value {
  const { source } = kernel;
  if (source.kind === 'node' && source.node.op === Slice) {
    const { ranges } = source.node.attributes as { readonly ranges: readonly Range[] };
    if (ranges.every(({ axis }) => axis > 1)) {
      const inner = kernel.shape[1]! < block ? block : block * block;
      return weightsOf(graph, blockedKernel(graph, source.node.inputs[0]!, block), inner, kernel, ranges);
    }
  }
  const [filters, depth, height, width] = kernel.shape as [number, number, number, number];
  const allFilters = filledUp(filters, block);
  const inner = depth < block ? 1 : block;
  const allDepth = filledUp(depth, inner);
  const filled = pad(graph, kernel, {
    pads: [0, 0, 0, 0, allFilters - filters, allDepth - depth, 0, 0],
  });
  // Two moves of one axis each are three times as fast in ONNX Runtime as both at once.
  const split = reshape(graph, filled, [allFilters / block, block, allDepth, height, width]);
  const filtersLast = transpose(graph, split, [0, 2, 3, 4, 1]);
  if (inner === 1 || height * width === 1) {
    return reshape(graph, filtersLast, [allFilters, allDepth, height, width]);
  }
  const outer = (allFilters / block) * (allDepth / inner);
  const byTap = transpose(
    graph,
    reshape(graph, filtersLast, [outer, inner, height * width, block]),
    [0, 2, 1, 3],
  );
  return reshape(graph, byTap, [allFilters, allDepth, height, width]);
}

/** Some of a blocked kernel's weights, perhaps turned around: blocks move faster than single numbers. */
function weightsOf(
  graph: Graph,
  kernel: Value,
  inner: number,
  part: TensorType,
  ranges: readonly Range[],
): Value {
  const [filters, depth, height, width] = kernel.shape as [number, number, number, number];
  const outer = sizeOf([filters, depth]) / inner;
  const taken = graph.apply(Slice, [reshape(graph, kernel, [outer, height, width, inner])], {
    ranges: ranges.map((range) => ({ ...range, axis: range.axis - 1 })),
  });
  return reshape(graph, taken, [filters, depth, ...part.shape.slice(2)]);
}
