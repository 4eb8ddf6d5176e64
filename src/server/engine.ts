/** @file A base loaded once in worker threads, for any number of adapters of one image form. */
import type { Network } from '../graph/network.js';
import type { Weights } from '../models/classifier.js';
import { startLanes } from '../runtime/lanes.js';
import { type AffineLayer, affineSize, type ImageForm, ports, sharedModel } from './shared-model.js';

/** An image with what makes the base its adapter's. */
export interface EngineInput {
  /** uint8 [height,width,3], RGB. */
  readonly pixels: Uint8Array;
  /** As `affineRow` gives it. */
  readonly affine: Float32Array;
}

export interface Engine {
  /** Most images per run. */
  readonly most: number;
  /** Features of each image, float32 [features]; the images may be of different adapters. */
  run(inputs: readonly EngineInput[]): Promise<Float32Array[]>;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly network: Network;
  readonly form: ImageForm;
  readonly layers: readonly AffineLayer[];
  /** Values that replace the network's own where they are constants. */
  readonly weights: Weights;
  /** Cores to use; 0 means all. */
  readonly threads: number;
}

/**
 * With scale and centre as inputs the activations pass through memory once more per layer, so they have to stay in the
 * core's cache: measured on MobileNetV2, one image per run is fastest at 224×224, two to four at 128×128.
 */
const MOST_PIXELS = 2 ** 16;
const MOST_IMAGES = 8;

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { network, form, layers, weights, threads } = options;
  const { height, width } = form;
  const lanes = await startLanes([{ model: sharedModel(network, form, weights) }], { threads });
  const imageBytes = height * width * 3;
  const rowSize = affineSize(layers);
  return {
    most: Math.max(1, Math.min(MOST_IMAGES, Math.floor(MOST_PIXELS / (height * width)))),
    async run(inputs) {
      const n = inputs.length;
      const pixels = new Uint8Array(n * imageBytes);
      const rows = new Float32Array(n * rowSize);
      inputs.forEach((input, i) => {
        pixels.set(input.pixels, i * imageBytes);
        rows.set(input.affine, i * rowSize);
      });
      const image = { dtype: 'uint8', shape: [n, height, width, 3], data: pixels } as const;
      const affine = { dtype: 'float32', shape: [n, rowSize], data: rows } as const;
      const feeds = { [ports.image]: image, ...(rowSize > 0 && { [ports.affine]: affine }) };
      const features = (await lanes.run(0, feeds))[ports.features]!.data as Float32Array;
      const { features: size } = network;
      return inputs.map((_, i) => features.subarray(i * size, (i + 1) * size));
    },
    close: () => lanes.close(),
  };
}
