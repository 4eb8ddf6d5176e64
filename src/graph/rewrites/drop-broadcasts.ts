/** @file Elementwise operators take what they broadcast themselves unrepeated. */
import type { Graph, Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { Add } from '../ops/add.js';
import { broadcastShapes } from '../ops/broadcast.js';
import { BroadcastTo } from '../ops/broadcast-to.js';
import { Div } from '../ops/div.js';
import { Mul } from '../ops/mul.js';
import { Sub } from '../ops/sub.js';
import { rewrite } from '../rewrite.js';
import { sameShape } from '../tensor.js';

const broadcasting: ReadonlySet<Operator<never>> = new Set([Add, Sub, Mul, Div]);

/** For gradients of means and pooling above all, which are the same all over the image. */
export function dropBroadcasts(original: Graph): Graph {
  return rewrite(original, (graph, { op, outputs, attributes }, inputs) => {
    if (!broadcasting.has(op)) return undefined;
    const [a, b] = inputs.map(unrepeated) as [Value, Value];
    const { shape } = outputs[0]!;
    const candidates = [
      [a, b],
      [a, inputs[1]!],
      [inputs[0]!, b],
    ];
    const fitting = candidates.find(([left, right]) => {
      const result = broadcastShapes(left!.shape, right!.shape);
      return result && sameShape(result, shape);
    });
    return fitting && graph.applyAll(op, fitting, attributes);
  });
}

function unrepeated(value: Value): Value {
  const { source } = value;
  return source.kind === 'node' && source.node.op === BroadcastTo ? source.node.inputs[0]! : value;
}
