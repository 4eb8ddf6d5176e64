/**
 * @file Convolution in the blocked layout (see to-blocked.ts), with what can happen in the same pass over its result. ONNX
 * Runtime turns convolutions with constant kernels into these by itself; written out, they also take kernels that are
 * fed, and stay in the layout where ONNX Runtime would leave it.
 */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { BLOCKED, floats, int, type OnnxAttributes, text } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showType } from '../tensor.js';
import { type ConvAttributes, windowOf } from './conv.js';
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
 * @param kernel [M, C/groups, height, width] as blocked-layout/kernels.ts gives it
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
