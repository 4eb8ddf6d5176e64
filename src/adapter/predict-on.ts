/** @file Predictions by a loaded model, so many images at a time as are fast. */
import { internal } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { Classifier } from '../models/classifier.js';
import { outputsOf } from '../task.js';
import { ports } from './forward.js';

/** A `forwardModel` for pixels of its own size, loaded as the first of some models. */
interface Runner {
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
}

export interface Predicting {
  /**
   * @param images uint8 [n,H,W,3], RGB, of the classifier's height and width
   * @returns probabilities [n,K]; binary: K = 1, the probability of the second class
   */
  predict(images: Uint8Array, n: number): Promise<Float32Array>;
}

/** Of more, the activations leave the caches: eight are up to a tenth slower. */
const MOST_IMAGES = 4;
/** So that large images do not take gigabytes. */
const MOST_PIXELS = 2 ** 20;

/** @param batch most images per run */
export function predictOn(
  runner: Runner,
  { height, width, task, classes }: Classifier,
  batch = MOST_IMAGES,
): Predicting {
  const outputs = outputsOf(task, classes);
  const rowSize = height * width * 3;
  const most = Math.max(1, Math.min(batch, MOST_IMAGES, Math.floor(MOST_PIXELS / (height * width))));

  async function run(images: Uint8Array, from: number, count: number): Promise<Float32Array> {
    // A copy, because a message to a worker would carry all of the buffer that a view looks at.
    const data = images.slice(from * rowSize, (from + count) * rowSize);
    const image = { dtype: 'uint8', shape: [count, height, width, 3], data } as const;
    const results = await runner.run(0, { [ports.image]: image });
    return results[ports.probabilities]!.data as Float32Array;
  }

  return {
    async predict(images, n) {
      if (images.length !== n * rowSize) {
        throw internal(`${images.length} bytes are not ${n} images of ${height}×${width}×3`);
      }
      const probabilities = new Float32Array(n * outputs);
      const starts = Array.from({ length: Math.ceil(n / most) }, (_, i) => i * most);
      await Promise.all(
        starts.map(async (from) => {
          probabilities.set(await run(images, from, Math.min(most, n - from)), from * outputs);
        }),
      );
      return probabilities;
    },
  };
}
