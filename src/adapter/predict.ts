/** @file Predictions with a fine-tuned classifier, computed in worker threads by the very model that `export` writes. */
import { TransfuseError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { Classifier, Weights } from '../models/classifier.js';
import { encodeOnnx } from '../onnx/encode.js';
import { type Device, type DeviceChoice, onDevice } from '../runtime/device.js';
import { type Lanes, startLanes } from '../runtime/lanes.js';
import { createSession } from '../runtime/session.js';
import { forwardModel, ports } from './forward.js';
import { type Predicting, predictOn } from './predict-on.js';

export interface PredictorOptions {
  readonly classifier: Classifier;
  /** Values that replace the classifier's own, by parameter name. */
  readonly weights: Weights;
  /** Most images per run; default: as many as are fast and small. */
  readonly batch?: number;
  /** ONNX Runtime's threads; 0, the default, means one per core. */
  readonly threads?: number;
  /** The CPU by default. It also takes the place of a GPU that was not asked for and fails. */
  readonly device?: Pick<DeviceChoice, 'device' | 'asked'>;
}

/** One that holds threads. */
export interface Predictor extends Predicting {
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/** Starts worker threads, one per core, and loads the classifier in each. */
export async function createPredictor({
  classifier,
  weights,
  batch,
  threads = 0,
  device,
}: PredictorOptions): Promise<Predictor> {
  const { height, width } = classifier;
  const rowSize = height * width * 3;
  const model = () => encodeOnnx(forwardModel(classifier, weights, { input: 'uint8', size: 'own' }));
  const trial = { dtype: 'uint8', shape: [1, height, width, 3], data: trialPixels(rowSize) } as const;
  const lanes = await onDevice(device, (chosen) =>
    startProven(model(), { [ports.image]: trial }, chosen, threads),
  );

  return { ...predictOn(lanes, classifier, batch), close: () => lanes.close() };
}

/** How far a GPU's probabilities may be from the CPU's. */
const TOLERANCE = 1e-3;

/** @throws TransfuseError `device-wrong` where a GPU does not predict what the CPU predicts, `device-failed` */
async function startProven(
  model: Uint8Array,
  trial: Readonly<Record<string, Tensor>>,
  device: Device,
  threads: number,
): Promise<Lanes> {
  const reference = device === 'cpu' ? undefined : model.slice();
  const lanes = await startLanes([{ model }], { threads, device });
  if (!reference) return lanes;
  try {
    const session = await createSession(reference, { threads });
    const [found, expected] = [await lanes.run(0, trial), await session.run(trial)];
    await session.release();
    const [a, b] = [found, expected].map((result) => result[ports.probabilities]!.data as Float32Array);
    if (a!.every((value, i) => Math.abs(value - b![i]!) <= TOLERANCE)) return lanes;
    throw new TransfuseError(
      'device-wrong',
      `${device} predicts ${a!.join(', ')} where the CPU predicts ${b!.join(', ')}; --device cpu does without it`,
    );
  } catch (error) {
    await lanes.close();
    throw error;
  }
}

/** Of every brightness, in stripes. */
function trialPixels(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7) & 255);
}
