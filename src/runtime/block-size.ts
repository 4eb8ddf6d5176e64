/** @file How many channels ONNX Runtime's convolutions take at a time on this processor. */
import { Graph } from '../graph/graph.js';
import { toBlocked } from '../graph/ops/to-blocked.js';
import { float32 } from '../graph/tensor.js';
import { encodeOnnx } from '../onnx/encode.js';
import { onnxFromGraph } from '../onnx/from-graph.js';
import { createSession } from './session.js';

/** More than any block has. */
const CHANNELS = 64;

let found: Promise<number> | undefined;

/** 16 with AVX-512, 8 with AVX, 1 where the runtime has no blocked layout (see graph/ops/to-blocked.ts). */
export function blockSize(): Promise<number> {
  found ??= measureBlock().catch(() => 1);
  return found;
}

async function measureBlock(): Promise<number> {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [1, CHANNELS, 1, 2] });
  graph.output('y', toBlocked(graph, x, CHANNELS));
  const session = await createSession(encodeOnnx(onnxFromGraph(graph)), { threads: 1 });
  try {
    // The second pixel's first channel comes right behind the first pixel's block.
    const values = float32(
      Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i),
      x.shape,
    );
    const { y } = await session.run({ x: values });
    const second = (y!.data as Float32Array).indexOf(1);
    return Number.isInteger(CHANNELS / second) ? second : 1;
  } finally {
    await session.release();
  }
}
