/** @file Runs graphs whose output is a gradient, plain and in the blocked layout, to see whether they agree. */
import { differentiate } from '../../../src/graph/differentiate.js';
import type { Graph, Value } from '../../../src/graph/graph.js';
import { liveNodes } from '../../../src/graph/live.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import type { Tensor } from '../../../src/graph/tensor.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { createSession } from '../../../src/runtime/session.js';
import { randomTensor } from '../random-tensor.js';

/** Makes the gradient of `x` under an arbitrary one of `y` the graph's output. */
export function outputGradient(graph: Graph, x: Value, y: Value): void {
  const weighted = mul(graph, y, graph.constant(randomTensor(y.shape, 9)));
  const loss = reshape(graph, reduceSum(graph, weighted, [...y.shape.keys()]), []);
  graph.output('gradient', differentiate(graph, loss, [x])[0]!);
}

export const operators = (graph: Graph) => liveNodes(graph).map(({ op }) => op.name);

/** The largest difference between what two graphs give for each of the feeds; NaN where one of them gives that. */
export async function differences(
  graphs: readonly [Graph, Graph],
  feeds: readonly Readonly<Record<string, Tensor>>[],
): Promise<number[]> {
  const [expected, found] = await Promise.all(graphs.map((graph) => gradients(graph, feeds)));
  return expected!.map((each, k) => {
    const errors = each.map((value, i) => Math.abs(value - found![k]![i]!));
    return Math.max(...errors);
  });
}

async function gradients(
  graph: Graph,
  feeds: readonly Readonly<Record<string, Tensor>>[],
): Promise<Float32Array[]> {
  const session = await createSession(encodeOnnx(onnxFromGraph(graph)), { threads: 1 });
  try {
    const results: Float32Array[] = [];
    for (const each of feeds) {
      const used = Object.entries(each).filter(([name]) => session.inputs.includes(name));
      results.push((await session.run(Object.fromEntries(used))).gradient!.data as Float32Array);
    }
    return results;
  } finally {
    await session.release();
  }
}
