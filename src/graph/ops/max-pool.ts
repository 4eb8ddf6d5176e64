/** @file The largest element under a sliding window. */
import type { Graph, Node, Value } from '../graph.js';
import type { OnnxForm } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import type { TensorType } from '../tensor.js';
import { Pad, pad } from './pad.js';
import { scatterAdd } from './scatter-add.js';
import { type Pads, type Pair, type Window, windowAttributes, windowPlaces } from './window.js';

export const MaxPool = defineOperator<Window>({
  name: 'MaxPool',
  infer: ([x], window) => [pooledType('MaxPool', x!, window)],
  emit,
  // Each window's gradient goes to its largest element, to the first in row-major order where several are equally
  // large, as in PyTorch; an element that wins several windows gets the sum. The indices are found again rather than
  // kept: finding them costs the forward pass ten times what the bare maximum costs.
  gradient: (graph, { inputs: [x], attributes }, [dy]) => [
    () => scatterAdd(graph, graph.applyAll(MaxPoolIndices, [x!], attributes)[1]!, dy!, x!.shape),
  ],
});

/** With the winners' places in the flattened input, an int64 each, as a second output. */
export const MaxPoolIndices = defineOperator<Window>({
  name: 'MaxPoolIndices',
  infer: ([x], window) => {
    const pooled = pooledType('MaxPoolIndices', x!, window);
    return [pooled, { ...pooled, dtype: 'int64' }];
  },
  emit,
});

function emit({ inputs, outputs, attributes }: Node<Window>, form: OnnxForm): void {
  form.result(outputs, 'MaxPool', inputs.map(form.name), windowAttributes(attributes));
}

function pooledType(op: string, x: TensorType, window: Window): TensorType {
  return { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...windowPlaces(op, x, window)] };
}

export interface MaxPoolOptions {
  readonly kernel: Pair;
  /** The kernel's size by default. */
  readonly strides?: Pair;
  /** 0 by default; padding never wins. */
  readonly pads?: Pads;
  /** 1 by default. */
  readonly dilations?: Pair;
}

/** The maximum of `x` [N,C,H,W] under each place of a window: [N,C,H',W'], H' as for `conv`. */
export function maxPool(
  graph: Graph,
  x: Value,
  { kernel, strides = kernel, pads = [0, 0, 0, 0], dilations = [1, 1] }: MaxPoolOptions,
): Value {
  return graph.apply(MaxPool, [withPaddingThatStays(graph, x)], { kernel, strides, pads, dilations });
}

/** The least that is not zero to ONNX Runtime, nor to anyone's eyes. */
const ALMOST_ZERO = 1e-30;

/**
 * Zeros that are padded before the maximum is taken win over negative numbers. ONNX Runtime (up to 1.30 at least) makes
 * them the pool's own padding, which never wins, but leaves alone what is not exactly zero.
 */
function withPaddingThatStays(graph: Graph, x: Value): Value {
  if (x.source.kind !== 'node' || x.source.node.op !== Pad) return x;
  const { inputs, attributes } = x.source.node;
  const { pads, mode, value } = attributes;
  return mode === 'constant' && value === 0 ? pad(graph, inputs[0]!, { pads, value: ALMOST_ZERO }) : x;
}
