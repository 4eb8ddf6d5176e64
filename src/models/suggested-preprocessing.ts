/** @file A guess at what an ONNX network wants its pixels to be, with the reason for it. Files do not say. */

import type { OnnxGraph, OnnxModel, OnnxNode } from '../onnx/model.js';
import type { PreprocessingName } from './preprocessing.js';

export interface SuggestedPreprocessing {
  readonly name: PreprocessingName;
  /** One clause, for people. */
  readonly reason: string;
}

/** Guesses from the arithmetic before the first layer where there is any, else from the exporter. */
export function suggestPreprocessing({ graph, producer }: OnnxModel): SuggestedPreprocessing {
  const inside = normalisationInside(graph);
  if (inside) {
    // Dividing by a hundred or so, or subtracting that much, is done to pixels from 0 to 255.
    const takesBytes = Math.abs(inside.gain) < 0.1 || Math.abs(inside.offset) > 10;
    return takesBytes
      ? { name: 'none', reason: 'it normalises pixels from 0 to 255 itself' }
      : { name: 'unit', reason: 'it normalises pixels from 0 to 1 itself' };
  }
  if (/tf2onnx|keras/i.test(producer)) {
    const reason = 'usual for Keras networks; DenseNet wants imagenet, EfficientNet none';
    return { name: 'minus-one-one', reason };
  }
  return { name: 'imagenet', reason: 'what most networks trained on ImageNet take' };
}

/** The pixels become gain · pixel + offset on their way to the first layer; undefined where they stay as they are. */
function normalisationInside(graph: OnnxGraph): { gain: number; offset: number } | undefined {
  const constants = constantsOf(graph);
  let name = graph.inputs.find((input) => !graph.initializers.has(input.name))?.name;
  let gain = 1;
  let offset = 0;
  let changed = false;
  for (;;) {
    const readers: OnnxNode[] = graph.nodes.filter(({ inputs }) => inputs.includes(name!));
    const [node] = readers;
    if (!node || readers.length > 1) break;
    if (!['Identity', 'Cast', 'Transpose'].includes(node.opType)) {
      const isFirst = node.inputs[0] === name;
      const operand = constants(node.inputs[isFirst ? 1 : 0] ?? '');
      const step = operand === undefined ? undefined : arithmetic[node.opType]?.(operand, isFirst);
      if (!step) break;
      gain *= step.gain;
      offset = offset * step.gain + step.offset;
      changed = true;
    }
    name = node.outputs[0];
  }
  return changed ? { gain, offset } : undefined;
}

/** x ∘ c as gain · x + offset, or c ∘ x where x does not come first. */
const arithmetic: Record<
  string,
  (c: number, isFirst: boolean) => { gain: number; offset: number } | undefined
> = {
  Add: (c) => ({ gain: 1, offset: c }),
  Sub: (c, isFirst) => (isFirst ? { gain: 1, offset: -c } : { gain: -1, offset: c }),
  Mul: (c) => ({ gain: c, offset: 0 }),
  Div: (c, isFirst) => (isFirst ? { gain: 1 / c, offset: 0 } : undefined),
};

/** Looks constants up by name; of several numbers (per channel) the mean. */
function constantsOf({ initializers, nodes }: OnnxGraph): (name: string) => number | undefined {
  const stored = new Map(initializers);
  for (const { opType, outputs, attributes } of nodes) {
    const { value } = attributes;
    if (opType === 'Constant' && value?.type === 'tensor') stored.set(outputs[0]!, value.value);
  }
  return (name) => {
    const tensor = stored.get(name);
    if (!tensor || tensor.data.length > 3) return undefined;
    const numbers = Array.from(tensor.data, Number);
    return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  };
}
