/**
 * @file Runs a graph in ONNX Runtime, as the tests of operators do: on the CPU, or on what TRANSFUSE_TEST_DEVICE names
 * (`webgpu` or `cuda`).
 */
import type { Graph, Value } from '../../src/graph/graph.js';
import { lower } from '../../src/graph/lower.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import type { Device } from '../../src/runtime/device.js';
import { createSession } from '../../src/runtime/session.js';

const device = (process.env.TRANSFUSE_TEST_DEVICE ?? 'cpu') as Device;

/** Names the given values as outputs, runs the graph on feeds by input name, and returns the values in order. */
export async function runGraph(
  graph: Graph,
  outputs: readonly Value[],
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Tensor[]> {
  const runner = await graphRunner(graph, outputs);
  try {
    return await runner.run(feeds);
  } finally {
    await runner.release();
  }
}

/** The same for a graph that is run more than once. */
export async function graphRunner(graph: Graph, outputs: readonly Value[]) {
  const names = outputs.map((_, i) => `output ${i}`);
  outputs.forEach((value, i) => {
    graph.output(names[i]!, value);
  });
  const program = lower(graph, new Set(), device === 'cpu' ? 'cpu' : 'gpu');
  const session = await createSession(encodeOnnx(onnxFromGraph(program)), { threads: 1, device });
  return {
    async run(feeds: Readonly<Record<string, Tensor>>): Promise<Tensor[]> {
      const used = Object.entries(feeds).filter(([name]) => session.inputs.includes(name));
      const results = await session.run(Object.fromEntries(used), names);
      return names.map((name) => results[name]!);
    },
    release: () => session.release(),
  };
}
