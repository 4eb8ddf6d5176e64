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
const session =
  process.argv[2] === 'here'
    ? await (await import('../../src/runtime/session.js')).createSession(model)
    : await (await import('../../src/runtime/worker-session.js')).createWorkerSession(model);
const { y } = await session.run({ x: float32([3]) });
await session.release();
process.stdout.write(`${y.data[0]}\n`);
