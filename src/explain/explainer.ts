/** @file Heatmaps of what a classifier looked at, computed in worker threads from its own gradients. */
import { internal } from '../errors.js';
import { sizeOf, type Tensor } from '../graph/tensor.js';
import type { Classifier, Weights } from '../models/classifier.js';
import { Random } from '../random.js';
import { startLanes } from '../runtime/lanes.js';
import { outputsOf } from '../task.js';
import { gradCam, type Heatmap, pixelHeat } from './maps.js';
import { choiceOf, mapProgram, pixelProgram, ports } from './programs.js';

export interface ExplainerOptions {
  readonly classifier: Classifier;
  /** Values that replace the classifier's own, by parameter name. */
  readonly weights: Weights;
  /** How many noisy copies of an image SmoothGrad averages over; 0 leaves it out. Default 25. */
  readonly samples?: number;
  /** ONNX Runtime's threads; 0, the default, means one per core. */
  readonly threads?: number;
}

/** Why an image got its score for one class. Both are of the logit of that class. */
export interface Explanation {
  /** Coarse: which parts of the last feature map spoke for the class. As large as that map. */
  readonly gradCam: Heatmap;
  /** Fine: which pixels the logit is most sensitive to, for or against. As large as the network's images. */
  readonly smoothGrad?: Heatmap;
}

export interface Explainer {
  /**
   * @param images uint8 [n,H,W,3], RGB, of the classifier's height and width
   * @param classes for each image the index of the class that is asked about
   */
  explain(images: Uint8Array, classes: readonly number[]): Promise<Explanation[]>;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/** SmoothGrad's noise, as a fraction of the image's range: within the 10 to 20 % that its authors found best. */
const NOISE = 0.15;
const SAMPLES = 25;
const NOISE_STREAM = 0x6e6f6973;

/** Images per run; two are nearly as fast as many, and large ones take memory. */
const MOST_IMAGES = 4;
const MOST_PIXELS = 2 ** 18;

const MAP = 0;
const PIXEL = 1;

/**
 * Starts worker threads and loads what computes gradients in each.
 * @throws TransfuseError `no-feature-map` where the network has no map of more than one pixel
 */
export async function createExplainer({
  classifier,
  weights,
  samples = SAMPLES,
  threads = 0,
}: ExplainerOptions): Promise<Explainer> {
  const { height, width, task, classes } = classifier;
  const outputs = outputsOf(task, classes);
  const rowSize = height * width * 3;
  const most = Math.max(1, Math.min(MOST_IMAGES, Math.floor(MOST_PIXELS / (height * width))));
  const programs = [mapProgram(classifier, weights, most)];
  if (samples > 0) programs.push(pixelProgram(classifier, weights, most));
  const lanes = await startLanes(
    programs.map((model) => ({ model })),
    { threads },
  );

  /** Rows of pixels and their choices through a program, several at once, the last run filled up with zeros. */
  async function run(
    program: number,
    rows: readonly (() => Float32Array)[],
    choices: readonly (readonly number[])[],
    keep: (row: number, results: Record<string, Tensor>, place: number) => void,
  ): Promise<void> {
    const starts = Array.from({ length: Math.ceil(rows.length / most) }, (_, i) => i * most);
    await inTurns(lanes.count + 1, starts, async (from) => {
      const pixels = new Float32Array(most * rowSize);
      const choice = new Float32Array(most * outputs);
      const count = Math.min(most, rows.length - from);
      for (let i = 0; i < count; i++) {
        pixels.set(rows[from + i]!(), i * rowSize);
        choice.set(choices[from + i]!, i * outputs);
      }
      const results = await lanes.run(program, {
        [ports.pixels]: { dtype: 'float32', shape: [most, height, width, 3], data: pixels },
        [ports.choice]: { dtype: 'float32', shape: [most, outputs], data: choice },
      });
      for (let i = 0; i < count; i++) keep(from + i, results, i);
    });
  }

  return {
    async explain(images, asked) {
      if (images.length !== asked.length * rowSize) {
        throw internal(`${images.length} bytes are not ${asked.length} images of ${height}×${width}×3`);
      }
      const choices = asked.map((index) => choiceOf(classifier, index));
      const rows = asked.map(
        (_, i) => () => Float32Array.from(images.subarray(i * rowSize, (i + 1) * rowSize)),
      );
      const maps: Heatmap[] = [];
      await run(MAP, rows, choices, (row, results, place) => {
        const [, channels, ...size] = results[ports.map]!.shape;
        const of = (name: string) => rowOf(results[name]!, place);
        maps[row] = gradCam(of(ports.map), of(ports.mapGradient), [channels!, size[0]!, size[1]!]);
      });
      if (samples === 0) return maps.map((map) => ({ gradCam: map }));

      const noisy = rows.flatMap((row) =>
        Array.from({ length: samples }, (_, s) => () => withNoise(row(), s)),
      );
      const choicesOfNoisy = choices.flatMap((choice) => new Array<readonly number[]>(samples).fill(choice));
      const gradients: Float32Array[] = [];
      await run(PIXEL, noisy, choicesOfNoisy, (row, results, place) => {
        gradients[row] = rowOf(results[ports.pixelGradient]!, place).slice();
      });
      return maps.map((map, i) => {
        const mean = meanOf(gradients.slice(i * samples, (i + 1) * samples));
        return { gradCam: map, smoothGrad: pixelHeat(mean, height, width) };
      });
    },
    close: () => lanes.close(),
  };
}

/**
 * One of SmoothGrad's noisy copies (Smilkov et al. 2017): normal noise whose standard deviation is a fraction of the
 * image's range. The same for every image, whatever stands beside it.
 */
function withNoise(pixels: Float32Array, sample: number): Float32Array {
  let [low, high] = [255, 0];
  for (const x of pixels) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  const random = new Random(sample, NOISE_STREAM);
  const deviation = NOISE * (high - low);
  return pixels.map((x) => x + deviation * random.normal());
}

function rowOf({ data, shape }: Tensor, row: number): Float32Array {
  const size = sizeOf(shape.slice(1));
  return (data as Float32Array).subarray(row * size, (row + 1) * size);
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}

/** Does a job for each, a few at once, so that what they need is not all in memory together. */
async function inTurns<T>(
  atOnce: number,
  list: readonly T[],
  job: (item: T) => Promise<void>,
): Promise<void> {
  const rest = list.values();
  const worker = async () => {
    for (const item of rest) await job(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, worker));
}
