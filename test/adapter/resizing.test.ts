import { expect, test } from 'vitest';
import { anyBatch } from '../../src/adapter/any-batch.js';
import { withResizing } from '../../src/adapter/resizing.js';
import { resizeBilinear } from '../../src/data/resize.js';
import { Graph } from '../../src/graph/graph.js';
import { conv } from '../../src/graph/ops/conv.js';
import { transpose } from '../../src/graph/ops/transpose.js';
import { float32 } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/session.js';

/** A network that gives back the planes it gets. */
function identity(batch: number, height: number, width: number) {
  const graph = new Graph();
  const pixels = graph.input('fixed', { dtype: 'float32', shape: [batch, height, width, 3] });
  const kernel = graph.constant(float32([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3, 1, 1]));
  const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;
  const planes = conv(graph, transpose(graph, pixels, [0, 3, 1, 2]), kernel, undefined, window);
  graph.output('planes', planes);
  return onnxFromGraph(graph);
}

/** [H,W,3] → [3,H,W] */
const planesOf = (pixels: Uint8Array): Float32Array =>
  Float32Array.from(pixels, (_, i) => {
    const size = pixels.length / 3;
    return pixels[(i % size) * 3 + Math.floor(i / size)]!;
  });

test('resizing inside the model gives the bytes of the loader, at every ratio of sizes', async () => {
  const random = new Random(1);
  const side = () => random.integer(1, random.chance(0.5) ? 12 : 90);
  for (let trial = 0; trial < 100; trial++) {
    const [height, width] = [side(), side()];
    const model = anyBatch(
      (batch) => withResizing(identity(batch, height, width), { name: 'image', dtype: 'uint8' }),
      'batch',
    );
    const session = await createSession(encodeOnnx(model), { threads: 1 });
    const from = [
      [side(), side()],
      [height, side()],
      [side(), width],
      [2 * height, 3 * width],
      [height, width],
    ] as const;
    for (const [rows, columns] of from) {
      const data = Uint8Array.from({ length: rows * columns * 3 }, () => random.integer(0, 255));
      const { planes } = await session.run({ image: { dtype: 'uint8', shape: [1, rows, columns, 3], data } });
      const expected = planesOf(resizeBilinear({ data, height: rows, width: columns }, height, width));
      expect(planes!.data, `${rows}×${columns} to ${height}×${width}`).toEqual(expected);
    }
    await session.release();
  }
});
