/** @file Images out of the blocked layout (see to-blocked.ts), in either of the two common ones. */
import type { Graph, Value } from '../graph.js';
import { BLOCKED, int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';

interface FromBlockedAttributes {
  /** Those that are not there to fill a block. */
  readonly channels: number;
  readonly channelsLast: boolean;
}

export const FromBlocked = defineOperator<FromBlockedAttributes>({
  name: 'FromBlocked',
  infer: ([x], { channels, channelsLast }) => {
    const [n, , height, width] = x!.shape as [number, number, number, number];
    const shape = channelsLast ? [n, height, width, channels] : [n, channels, height, width];
    return [{ dtype: x!.dtype, shape }];
  },
  emit: ({ inputs, outputs, attributes: { channels, channelsLast } }, form) =>
    form.result(
      outputs,
      'ReorderOutput',
      inputs.map(form.name),
      { channels: int(channels), channels_last: int(Number(channelsLast)) },
      BLOCKED,
    ),
});

/** The first `channels` channels of a blocked `x`, as [N,C,H,W] or, with channels last, [N,H,W,C]. */
export function fromBlocked(
  graph: Graph,
  x: Value,
  {
    channels,
    channelsLast = false,
  }: Pick<FromBlockedAttributes, 'channels'> & Partial<FromBlockedAttributes>,
): Value {
  return graph.apply(FromBlocked, [x], { channels, channelsLast });
}
