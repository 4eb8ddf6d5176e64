import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeAdapter, encodeAdapter } from '../../src/adapter/adapter.js';
import { applyAdapter } from '../../src/adapter/apply.js';
import { exportOnnx } from '../../src/adapter/export.js';
import { createPredictor } from '../../src/adapter/predict.js';
import { decodeImage } from '../../src/data/decode.js';
import { resizeBilinear } from '../../src/data/resize.js';
import { float32 } from '../../src/graph/tensor.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import { readOnnx } from '../../src/onnx/read.js';
import { createSession } from '../../src/runtime/session.js';
import { sharedData } from '../shared-data.js';
import { smallAdapter, smallClassifier } from './small-classifier.js';

const cells = sharedData('data/blood-cells/basophil');
const absent = ' (skipped: the shared data are absent)';

/** `n` blood cells, uint8 [n,height,width,3]. */
async function cellImages(n: number, height: number, width: number): Promise<Uint8Array> {
  const files = (await readdir(cells!)).sort().slice(0, n);
  const images = await Promise.all(files.map((file) => decodeImage(path.join(cells!, file))));
  return Buffer.concat(images.map((image) => resizeBilinear(image, height, width)));
}

describe.each([
  { file: 'mobilenetv2-imagenet', side: 128, most: 400e3 },
  { file: 'efficientnetb4-imagenet', side: 100, most: 1.3e6 },
])('$file', ({ file, side, most }) => {
  const model = sharedData(`weights/${file}.onnx`);

  test.skipIf(!model || !cells)(
    `an adapter of batch norm and head is small, and exports equal to predict${model && cells ? '' : absent}`,
    async () => {
      const network = importNetwork(await readOnnx(model!));
      const random = smallClassifier({ network, task: 'binary', height: side, width: side });
      const kernel = float32(
        (random.head.kernel.data as Float32Array).map((x) => x / 20),
        random.head.kernel.shape,
      );
      const trained = { ...random, head: { ...random.head, kernel } };
      const bytes = encodeAdapter(smallAdapter(trained));
      expect(bytes.length).toBeLessThan(most);

      const adapter = decodeAdapter(bytes, 'adapter.safetensors');
      const { classifier, weights } = applyAdapter(network, adapter);
      const predictor = await createPredictor({ classifier, weights });
      const session = await createSession(exportOnnx(classifier, weights, { adapter }));
      for (const [n, height, width] of [
        [1, 224, 224],
        [5, 90, 130],
        [2, side, side],
      ] as const) {
        const images = await cellImages(n, height, width);
        const { probabilities } = await session.run({
          image: { dtype: 'uint8', shape: [n, height, width, 3], data: images },
        });
        const small = Buffer.concat(
          Array.from({ length: n }, (_, i) => {
            const size = height * width * 3;
            return resizeBilinear(
              { height, width, data: images.subarray(i * size, (i + 1) * size) },
              side,
              side,
            );
          }),
        );
        const predicted = await predictor.predict(small, n);
        predicted.forEach((p, i) => {
          expect(p, 'a probability that could be another').toSatisfy((x: number) => x > 0.05 && x < 0.95);
          expect(Math.abs(p - Number(probabilities!.data[i]))).toBeLessThan(1e-5);
        });
      }
      await Promise.all([predictor.close(), session.release()]);
    },
  );
});
