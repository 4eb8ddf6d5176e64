/** @file What the benchmark of serving serves: adapters drawn from a seed, and an image. */
import sharp from 'sharp';
import { type Adapter, encodeAdapter } from '../src/adapter/adapter.js';
import { applyAdapter } from '../src/adapter/apply.js';
import { exportOnnx } from '../src/adapter/export.js';
import { float32, type Tensor } from '../src/graph/tensor.js';
import { type BaseModel, loadModel } from '../src/models/catalogue.js';
import { HEAD_BIAS, HEAD_KERNEL, initialHead } from '../src/models/head.js';
import { parsePreprocessing } from '../src/models/preprocessing.js';
import { Random } from '../src/random.js';
import { version } from '../src/version.js';

export interface Bench {
  readonly base: BaseModel;
  /** Height and width of the network's images. */
  readonly size: number;
}

export async function openBench(model: string, size: number): Promise<Bench> {
  return { base: await loadModel(model), size };
}

/** As a training that moved batch norm a little would leave it. */
export function drawAdapter({ base, size }: Bench, seed: number): Adapter {
  const { network, source, preprocess } = base;
  const random = new Random(seed);
  const weights = new Map<string, Tensor>();
  for (const { name, role, tensor } of network.parameters) {
    if (!role.startsWith('bn-')) continue;
    const data = (tensor.data as Float32Array).map((x) => x * random.between(0.95, 1.05));
    weights.set(name, float32(data, tensor.shape));
  }
  const head = initialHead(network.features, 1, seed);
  weights.set(HEAD_KERNEL, head.kernel).set(HEAD_BIAS, head.bias);
  return {
    weights,
    task: 'binary',
    classes: ['no', 'yes'],
    preprocessing: parsePreprocessing(preprocess),
    height: size,
    width: size,
    thresholds: [0.5],
    base: { name: network.name, sha256: network.sha256, source },
    method: 'fc-then-bn',
    version,
  };
}

export function drawAdapterFile(bench: Bench, seed: number): Uint8Array {
  return encodeAdapter(drawAdapter(bench, seed));
}

/** The model that `export` writes of one adapter, for images of its own size. */
export function mergedModel(bench: Bench): Uint8Array {
  const adapter = drawAdapter(bench, 1);
  const { classifier, weights } = applyAdapter(bench.base.network, adapter);
  return exportOnnx(classifier, weights, { adapter, size: 'own' });
}

/** A JPEG as cameras write them: smooth, with a little noise. */
export function drawJpeg({ size }: Bench): Promise<Buffer> {
  const random = new Random(7);
  const pixels = Buffer.alloc(size * size * 3);
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
    pixels[i] = 120 + 60 * Math.sin(x / 9) * Math.cos(y / 13) + random.between(-12, 12);
  }
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .jpeg()
    .toBuffer();
}
