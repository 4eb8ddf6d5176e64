/** @file Runs a tiny model and ends: in this thread (`here`), or in a worker thread (`worker`). */
import { Graph } from '../../src/graph/graph.js';
import { relu } from '../../src/graph/ops/relu.js';
import { float32 } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';

const graph = new Graph();
graph.output('y', relu(graph, graph.input('x', { dtype: 'float32', shape: [1] })));
const model = encodeOnnx(onnxFromGraph(graph));
// Each side must be silent by itself, so that only one is loaded.
const feeds = { x: float32([3]) };
const results = process.argv[2] === 'here' ? await here() : await inLane();
process.stdout.write(`${results.y.data[0]}\n`);

async function here() {
  const { createSession } = await import('../../src/runtime/session.js');
  const session = await createSession(model);
  const results = await session.run(feeds);
  await session.release();
  return results;
}

async function inLane() {
  const { startLanes } = await import('../../src/runtime/lanes.js');
  const lanes = await startLanes([{ model }], { most: 1 });
  const results = await lanes.run(0, feeds);
  await lanes.close();
  return results;
}
