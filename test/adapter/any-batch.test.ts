import { describe, expect, test } from 'vitest';
import { anyBatch } from '../../src/adapter/any-batch.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import { broadcastTo } from '../../src/graph/ops/broadcast-to.js';
import { mul } from '../../src/graph/ops/mul.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { slice } from '../../src/graph/ops/slice.js';
import { split } from '../../src/graph/ops/split.js';
import { float32, sizeOf } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { createSession } from '../../src/runtime/session.js';
import { randomTensor } from '../graph/random-tensor.js';
import { runGraph } from '../graph/run-graph.js';

/** What is done to x [n,6,2]. */
type Body = (graph: Graph, x: Value) => Value;

const constant = (graph: Graph, shape: number[], value: (i: number) => number) =>
  graph.constant(
    float32(
      Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
      shape,
    ),
  );

const bodies: Record<string, Body> = {
  'a reshape whose first size is the batch': (graph, x) => reshape(graph, x, [x.shape[0]!, 12]),
  'a reshape that merges batch and channels': (graph, x) => reshape(graph, x, [x.shape[0]! * 6, 2]),
  'a reshape whose batch comes last': (graph, x) => reshape(graph, x, [3, 4, x.shape[0]!]),
  'a repetition per image': (graph, x) =>
    broadcastTo(graph, reshape(graph, x, [x.shape[0]!, 1, 12]), [x.shape[0]!, 5, 12]),
  'a constant repeated per image': (graph, x) =>
    mul(
      graph,
      x,
      broadcastTo(
        graph,
        constant(graph, [1, 6, 1], (i) => i),
        [x.shape[0]!, 6, 1],
      ),
    ),
  'a constant with a row per image': (graph, x) =>
    mul(
      graph,
      x,
      constant(graph, [x.shape[0]!, 6, 2], (i) => i % 12),
    ),
  'a slice up to the batch size': (graph, x) => {
    const merged = reshape(graph, x, [x.shape[0]! * 12]);
    return slice(graph, merged, { starts: [1], ends: [x.shape[0]! * 7 - 1] });
  },
  'a split into parts of the batch size': (graph, x) => {
    const n = x.shape[0]!;
    const [, second] = split(graph, reshape(graph, x, [n * 12]), 0, [5 * n, 7 * n]);
    return second!;
  },
  // With two images this is no reshape at all.
  'a size that some batches share': (graph, x) => reshape(graph, x, [2, 6, x.shape[0]!]),
};

function graphOf(body: Body, batch: number): { graph: Graph; y: Value } {
  const graph = new Graph();
  const y = body(graph, graph.input('x', { dtype: 'float32', shape: [batch, 6, 2] }));
  return { graph, y };
}

function write(body: Body): (batch: number) => OnnxModel {
  return (batch) => {
    const { graph, y } = graphOf(body, batch);
    graph.output('y', y);
    return onnxFromGraph(graph);
  };
}

describe.each(Object.entries(bodies))('%s', (_, body) => {
  test('is computed for batches of any size', async () => {
    const session = await createSession(encodeOnnx(anyBatch(write(body), 'batch')), { threads: 1 });
    for (const batch of [1, 2, 4, 7]) {
      const x = randomTensor([batch, 6, 2], batch);
      const { graph, y } = graphOf(body, batch);
      const [expected] = await runGraph(graph, [y], { x });
      expect((await session.run({ x })).y).toEqual(expected);
    }
    await session.release();
  });
});

test('a model that does not depend on the batch is left as it is', () => {
  const body: Body = (graph, x) =>
    mul(
      graph,
      x,
      constant(graph, [6, 2], (i) => i),
    );
  const model = anyBatch(write(body), 'batch');
  const { nodes, initializers } = write(body)(2).graph;
  expect(model.graph).toMatchObject({ nodes, initializers });
  expect(model.graph.inputs[0]!.shape).toEqual(['batch', 6, 2]);
  expect(model.graph.outputs[0]!.shape).toEqual(['batch', 6, 2]);
});

test.each<[string, Body, RegExp]>([
  [
    'constants that differ between images',
    (graph, x) =>
      mul(
        graph,
        x,
        constant(graph, [x.shape[0]!, 6, 2], (i) => i),
      ),
    /constants .* differ/,
  ],
  [
    'sizes that do not grow evenly',
    (graph, x) =>
      slice(graph, reshape(graph, x, [x.shape[0]! * 12]), {
        starts: [0],
        ends: [Math.round(x.shape[0]! / 3)],
      }),
    /uneven/,
  ],
  [
    'another operation for other batches',
    (graph, x) => (x.shape[0]! % 3 === 1 ? mul(graph, x, x) : reshape(graph, x, [x.shape[0]! * 12])),
    /another operation/,
  ],
])('%s are a broken invariant', (_, body, message) => {
  expect(() => anyBatch(write(body), 'batch')).toThrow(message);
});
