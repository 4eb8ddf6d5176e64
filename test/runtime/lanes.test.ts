/** @file Models in several worker threads. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.js';
import { add } from '../../src/graph/ops/add.js';
import { mul } from '../../src/graph/ops/mul.js';
import { float32 } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import { shareTensor, startLanes } from '../../src/runtime/lanes.js';

/** y = x + offset */
function sumModel(): Uint8Array {
  const graph = new Graph();
  const [x, offset] = ['x', 'offset'].map((name) => graph.input(name, { dtype: 'float32', shape: [1] }));
  graph.output('y', add(graph, x, offset));
  return encodeOnnx(onnxFromGraph(graph));
}

test('more runs than lanes each get their own answer, in any order', async () => {
  const model = sumModel();
  const lanes = await startLanes([{ model }], { threads: 3 });
  expect(model.length).toBe(0);
  const sums = await Promise.all(
    Array.from({ length: 20 }, (_, i) => lanes.run(0, { x: float32([i]), offset: float32([100]) })),
  );
  expect(lanes.count).toBe(3);
  expect(sums.map(({ y }) => y.data[0])).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
  await lanes.close();
});

test('a shared tensor feeds every lane with what was last written there', async () => {
  const offset = shareTensor(float32([1]));
  const lanes = await startLanes([{ model: sumModel() }], {
    threads: 2,
    shared: new Map([['offset', offset]]),
  });
  const both = () => Promise.all([0, 1].map((x) => lanes.run(0, { x: float32([x]) })));
  const before = { ...offset, data: offset.data.slice() };
  expect((await both()).map(({ y }) => y.data[0])).toEqual([1, 2]);
  offset.data[0] = 10;
  lanes.changed();
  expect((await both()).map(({ y }) => y.data[0])).toEqual([10, 11]);
  expect(before.data[0]).toBe(1);
  await lanes.close();
});

test('constants are made once for all models and lanes', async () => {
  const maker = (value: number) => {
    const graph = new Graph();
    graph.output('constant', mul(graph, graph.constant(float32([value])), graph.constant(float32([10]))));
    return encodeOnnx(onnxFromGraph(graph));
  };
  const model = (form: (graph: Graph, x: Value, constant: Value) => Value) => {
    const graph = new Graph();
    const [x, constant] = ['x', 'constant'].map((name) =>
      graph.input(name, { dtype: 'float32', shape: [1] }),
    );
    graph.output('y', form(graph, x, constant));
    return encodeOnnx(onnxFromGraph(graph, { external: new Set(['constant']) }));
  };
  // The second maker's result is taken to be the first one's, as it has the same name.
  const lanes = await startLanes(
    [
      { model: model(add), constants: [maker(5)] },
      { model: model(mul), constants: [maker(7)] },
    ],
    { threads: 2 },
  );
  const runs = [0, 1].flatMap((index) => [1, 2].map((x) => lanes.run(index, { x: float32([x]) })));
  expect((await Promise.all(runs)).map(({ y }) => y.data[0])).toEqual([51, 52, 50, 100]);
  await lanes.close();
});

test('a run that fails leaves its lane to the next', async () => {
  const lanes = await startLanes([{ model: sumModel() }], { threads: 1 });
  await expect(lanes.run(0, { x: float32([1]) })).rejects.toThrow('offset');
  const { y } = await lanes.run(0, { x: float32([1]), offset: float32([2]) });
  expect(y.data[0]).toBe(3);
  await lanes.close();
});

test('no more lanes than asked for', async () => {
  const lanes = await startLanes([{ model: sumModel() }], { threads: 4, most: 1 });
  expect(lanes.count).toBe(1);
  await lanes.close();
});

test('as many lanes as there is memory for', async () => {
  const lanes = await startLanes([{ model: sumModel() }, { model: sumModel(), memory: 1e15 }], {
    threads: 2,
  });
  expect(lanes.count).toBe(1);
  await lanes.close();
});

test('models reach their lanes by way of files that do not stay', async () => {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [1] });
  graph.output('y', add(graph, x, graph.constant(float32(new Float32Array(13e6).fill(2)))));
  const model = encodeOnnx(onnxFromGraph(graph));
  const folder = await mkdtemp(path.join(tmpdir(), 'transfuse-lanes-'));
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) vi.stubEnv(name, folder);
  const lanes = await startLanes([{ model }], { threads: 2 });
  expect(model.length).toBe(0);
  // The loader of TypeScript keeps its cache there, too.
  expect((await readdir(folder)).filter((name) => !name.startsWith('tsx'))).toEqual([]);
  const [{ y: three }, { y: four }] = await Promise.all([1, 2].map((x) => lanes.run(0, { x: float32([x]) })));
  expect([three.data.at(-1), four.data.at(-1)]).toEqual([3, 4]);
  await lanes.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('where nothing temporary can be written, that is said', async () => {
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) vi.stubEnv(name, path.join(tmpdir(), 'no-such-folder'));
  const refused = startLanes([{ model: sumModel() }], { threads: 1 });
  await expect(refused).rejects.toThrow(
    /^cannot write .*no-such-folder: its folder does not exist; TMPDIR names another place/,
  );
  vi.unstubAllEnvs();
});

test('a model that is none is refused', async () => {
  await expect(startLanes([{ model: new Uint8Array([1, 2, 3]) }])).rejects.toThrow();
});
