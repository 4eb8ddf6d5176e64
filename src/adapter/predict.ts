/** @file Predictions with a fine-tuned classifier, computed in worker threads by the very model that `export` writes. */
import { internal } from '../errors.js';
import type { Classifier, Weights } from '../models/classifier.js';
import { encodeOnnx } from '../onnx/encode.js';
import { startLanes } from '../runtime/lanes.js';
import { outputsOf } from '../task.js';
import { forwardModel, ports } from './forward.js';

export interface PredictorOptions {
  readonly classifier: Classifier;
  /** Values that replace the classifier's own, by parameter name. */
  readonly weights: Weights;
  /** Most images per run; default: as many as are fast and small. */
  readonly batch?: number;
  /** ONNX Runtime's threads; 0, the default, means one per core. */
  readonly threads?: number;
}

export interface Predictor {
  /**
   * @param images uint8 [n,H,W,3], RGB, of the classifier's height and width
   * @returns probabilities [n,K]; binary: K = 1, the probability of the second class
   */
  predict(images: Uint8Array, n: number): Promise<Float32Array>;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/** Larger batches are no faster, and their activations leave the caches. */
const MOST_IMAGES = 8;
/** So that large images do not take gigabytes. */
const MOST_PIXELS = 2 ** 20;

/** Starts worker threads, one per core, and loads the classifier in each. */
export async function createPredictor({
  classifier,
  weights,
  batch = MOST_IMAGES,
  threads = 0,
}: PredictorOptions): Promise<Predictor> {
  const { height, width, task, classes } = classifier;
  const outputs = outputsOf(task, classes);
  const rowSize = height * width * 3;
  const most = Math.max(1, Math.min(batch, MOST_IMAGES, Math.floor(MOST_PIXELS / (height * width))));
  const model = forwardModel(classifier, weights, { input: 'uint8', size: 'own' });
  const lanes = await startLanes([encodeOnnx(model)], { threads });

  async function run(images: Uint8Array, from: number, count: number): Promise<Float32Array> {
    // A copy, because a message to the worker would carry all of the buffer that a view looks at.
    const data = images.slice(from * rowSize, (from + count) * rowSize);
    const image = { dtype: 'uint8', shape: [count, height, width, 3], data } as const;
    const results = await lanes.run(0, { [ports.image]: image });
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
    close: () => lanes.close(),
  };
}
