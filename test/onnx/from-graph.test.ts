import { expect, test } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.js';
import { Graph } from '../../src/graph/graph.js';
import { add } from '../../src/graph/ops/add.js';
import { reduceSum } from '../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { float32 } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import { createSession } from '../../src/runtime/session.js';

test('a graph runs in ONNX Runtime, with fed and constant parameters', async () => {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [2, 3] });
  const b = graph.parameter('b', 'bias', float32([10, 20, 30]));
  const y = add(graph, x, b);
  const loss = reshape(graph, reduceSum(graph, y, [0, 1]), []);
  const [db] = differentiate(graph, loss, [b]);
  graph.output('y', y);
  graph.output('same', y);
  graph.output('x again', x);
  graph.output('db', db!);
  const feeds = { x: float32([1, 2, 3, 4, 5, 6], [2, 3]) };

  const constant = await createSession(encodeOnnx(onnxFromGraph(graph)));
  expect(constant.inputs).toEqual(['x']);
  const result = await constant.run(feeds);
  expect([...result.y!.data]).toEqual([11, 22, 33, 14, 25, 36]);
  expect(result.same!.data).toEqual(result.y!.data);
  expect(result['x again']!.data).toEqual(feeds.x.data);
  expect([...result.db!.data]).toEqual([2, 2, 2]);

  const model = onnxFromGraph(graph, { fed: new Set(['b']) });
  const fed = await createSession(encodeOnnx(model));
  expect(fed.inputs).toEqual(['x', 'b']);
  const { y: other } = await fed.run({ ...feeds, b: float32([0, 0, 1]) }, ['y']);
  expect([...other!.data]).toEqual([1, 2, 4, 4, 5, 7]);
});
