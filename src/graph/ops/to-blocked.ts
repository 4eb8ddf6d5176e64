/**
 * @file Images into the layout in which ONNX Runtime convolves on CPUs: channels in blocks as wide as a vector register,
 * [N, C/block, H, W, block] in memory. Its tensors keep four axes in their shape, [N,C,H,W], with C filled up to whole
 * blocks, so that elementwise operators and convolutions take them for what they are.
 */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { BLOCKED } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showType } from '../tensor.js';

/** What the reordering takes: a multiple of this many channels. */
export const BLOCKABLE = 4;

export const ToBlocked = defineOperator<{ readonly block: number }>({
  name: 'ToBlocked',
  infer: ([x], { block }) => {
    const { dtype, shape } = x!;
    if (shape.length !== 4 || shape[1]! % BLOCKABLE !== 0) {
      throw internal(
        `ToBlocked needs float32[N,C,H,W] with C a multiple of ${BLOCKABLE}, not ${showType(x!)}`,
      );
    }
    return [{ dtype, shape: [shape[0]!, filledUp(shape[1]!, block), shape[2]!, shape[3]!] }];
  },
  emit: ({ inputs, outputs }, form) =>
    form.result(outputs, 'ReorderInput', inputs.map(form.name), {}, BLOCKED),
});

/** `x` [N,C,H,W] in the blocked layout, with zeros for the channels that fill the last block. */
export function toBlocked(graph: Graph, x: Value, block: number): Value {
  return graph.apply(ToBlocked, [x], { block });
}

/** Channels in whole blocks. */
export function filledUp(channels: number, block: number): number {
  return Math.ceil(channels / block) * block;
}
