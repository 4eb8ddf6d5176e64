import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.js';
import { hoistConstants, inParts } from '../../src/graph/hoist.js';
import { liveNodes } from '../../src/graph/live.js';
import { blockedConv } from '../../src/graph/ops/blocked-conv.js';
import { mul } from '../../src/graph/ops/mul.js';
import { transpose } from '../../src/graph/ops/transpose.js';
import { float32, type Tensor } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import { createSession } from '../../src/runtime/session.js';
import { randomTensor } from './random-tensor.js';

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession(encodeOnnx(onnxFromGraph(graph)), { threads: 1 });
  const used = session.inputs.map((name) => [name, feeds[name]!]);
  const results = await session.run(Object.fromEntries(used));
  await session.release();
  return results;
}

test('large constant kernels of blocked convolutions are made once', async () => {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [1, 128, 2, 2] });
  const kernel = graph.parameter('kernel', 'kernel', randomTensor([128, 128, 1, 1], 1));
  const turned = transpose(graph, kernel, [1, 0, 2, 3]);
  const attributes = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;
  graph.output('y', blockedConv(graph, x, turned, attributes));
  // Used otherwise, or small, it stays for the runtime to fold.
  graph.output('z', mul(graph, turned, turned));

  const { graph: rest, before } = hoistConstants(graph, new Set());
  expect(liveNodes(before!).map(({ op }) => op.name)).toEqual(['Transpose']);
  const [name] = before!.outputs.keys();
  expect([...rest.inputs.keys()]).toEqual(['x', name]);
  expect(hoistConstants(graph, new Set(['kernel']))).toEqual({ graph });
});

test('outputs are computed in parts, each by what it needs', async () => {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [3] });
  const names = ['a', 'b', 'c', 'd'];
  names.reduce((value, name) => {
    const next = mul(graph, value, value);
    graph.output(name, next);
    return next;
  }, x);
  const parts = inParts(graph, 5);
  expect(parts.map(({ outputs }) => [...outputs.keys()])).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(parts.map((part) => liveNodes(part).length)).toEqual([2, 4]);
  const feeds = { x: float32([1, 2, 3]) };
  const results = await Promise.all(parts.map((part) => run(part, feeds)));
  expect(Object.assign({}, ...results)).toEqual(await run(graph, feeds));
});
