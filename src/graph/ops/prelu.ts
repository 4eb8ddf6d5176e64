/** @file x where positive, slope·x elsewhere, with slopes that are weights. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { sameShape, showType } from '../tensor.js';
import { add } from './add.js';
import { between } from './between.js';
import { broadcastTypes, sumToShape } from './broadcast.js';
import { clip } from './clip.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

export const PRelu = defineOperator<Record<never, never>>({
  name: 'PRelu',
  infer: ([x, slope]) => {
    const type = broadcastTypes('PRelu', x!, slope!);
    if (!sameShape(type.shape, x!.shape)) {
      throw internal(`PRelu slopes ${showType(slope!)} do not broadcast to ${showType(x!)}`);
    }
    return [type];
  },
  emit: (node, form) => form.result(node.outputs, 'PRelu', node.inputs.map(form.name)),
  // y = max(x, 0) + slope·min(x, 0): dy/dx = slope + [x > 0]·(1 − slope) and dy/dslope = min(x, 0)
  gradient: (graph, { inputs: [x, slope] }, [dy]) => [
    () => {
      const positive = between(graph, x!, { low: 0 });
      const rest = sub(graph, positive, mul(graph, positive, slope!));
      return mul(graph, dy!, add(graph, rest, slope!));
    },
    () => sumToShape(graph, mul(graph, dy!, clip(graph, x!, { max: 0 })), slope!.shape),
  ],
});

/** `x` with its negative elements multiplied by `slope`, which must broadcast to `x`: [C, 1, 1] for one per channel. */
export function prelu(graph: Graph, x: Value, slope: Value): Value {
  return graph.apply(PRelu, [x, slope], {});
}
