/**
 * @file The two real networks on real chest X-rays: features as ONNX Runtime computes them from the files, gradients as
 * PyTorch does (oracles/real_networks.py).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import type { Network, Statistics } from '../../src/graph/network.js';
import { sigmoidCrossEntropy } from '../../src/graph/ops/cross-entropy.js';
import { gemm } from '../../src/graph/ops/gemm.js';
import type { Role } from '../../src/graph/role.js';
import { float32, type Tensor } from '../../src/graph/tensor.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import { type OnnxFile, readOnnx } from '../../src/onnx/read.js';
import { runGraph } from '../graph/run-graph.js';
import { sharedData } from '../shared-data.js';
import { importedFeatures, referenceFeatures, relativeError } from './reference.js';

/** Norm of a gradient, and its products with three fixed vectors of ±1. */
type Summary = readonly [norm: number, ...products: number[]];

interface Golden {
  readonly images: readonly (readonly [name: string, label: number])[];
  /** SHA-256 of the middle 128×128 grey pixels of all images. */
  readonly pixels: string;
  readonly networks: Record<
    string,
    Record<Statistics, { readonly loss: number; readonly gradients: Record<string, Summary> }>
  >;
}

const goldenFile = path.join(import.meta.dirname, '..', 'golden', 'onnx', 'real-networks.json');
const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Golden;
const SIZE = 128;

/**
 * How far each single parameter's gradient may be from PyTorch's double precision, relative to its norm. Where single
 * precision puts a value on the other side of a ReLU's kink the gradient jumps: PyTorch's own single precision is up to
 * 1e-3 away in MobileNetV2. EfficientNet is smooth.
 */
const perParameter: Record<string, number> = {
  'mobilenetv2-imagenet': 1e-2,
  'efficientnetb4-imagenet': 1e-3,
};
const folder = sharedData('data/chest-xray-224/chest_xray/test');

/** The middle 128×128 pixels of every image, uint8 [4,128,128]. */
async function readPixels(): Promise<Uint8Array> {
  const edge = (224 - SIZE) / 2;
  const crops = golden.images.map(([name]) =>
    sharp(path.join(folder!, name))
      .extract({ left: edge, top: edge, width: SIZE, height: SIZE })
      .toColourspace('b-w')
      .raw()
      .toBuffer(),
  );
  return Buffer.concat(await Promise.all(crops));
}

/** Grey pixels as three channels, standardised as ImageNet's: float32 [4,3,128,128]. */
function standardised(pixels: Uint8Array): Tensor {
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  const plane = SIZE * SIZE;
  const data = Float32Array.from({ length: 4 * 3 * plane }, (_, i) => {
    const channel = Math.floor(i / plane) % 3;
    return (
      (pixels[Math.floor(i / (3 * plane)) * plane + (i % plane)]! / 255 - mean[channel]!) / std[channel]!
    );
  });
  return float32(data, [4, 3, SIZE, SIZE]);
}

describe.each(Object.keys(golden.networks))('%s', (name) => {
  const file = sharedData(`weights/${name}.onnx`);
  const absent = !file || !folder;
  let model: OnnxFile;
  let network: Network;
  let images: Tensor;

  beforeAll(async () => {
    if (absent) return;
    model = await readOnnx(file);
    network = importNetwork(model);
    const pixels = await readPixels();
    expect(createHash('sha256').update(pixels).digest('hex'), 'the same pixels as the oracle').toBe(
      golden.pixels,
    );
    images = standardised(pixels);
  });

  test.skipIf(absent)(
    'features equal those of the file (skips when the shared data are absent)',
    async () => {
      const reference = await referenceFeatures(model, model.graph.outputs[0]!.name, images);
      expect(relativeError(await importedFeatures(network, images), reference)).toBeLessThan(1e-4);
    },
  );

  const trained: readonly (readonly [title: string, roles: readonly Role[], statistics: Statistics])[] = [
    ['head only', ['head-kernel', 'head-bias'], 'frozen'],
    ['scale and centre', ['bn-scale', 'bn-centre'], 'frozen'],
    ['everything', ['kernel', 'bias', 'bn-scale', 'bn-centre', 'head-kernel', 'head-bias'], 'frozen'],
    ['scale and centre by batch statistics', ['bn-scale', 'bn-centre'], 'batch'],
  ];
  test.skipIf(absent).each(trained)(
    'gradients of %s equal PyTorch’s (skips when the shared data are absent)',
    async (_, roles, statistics) => {
      const expected = golden.networks[name]![statistics];
      const { loss, gradients } = await gradientsOf(network, images, roles, statistics);
      expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-4 * expected.loss);
      const comparisons = gradients.map(([parameter, gradient]) =>
        compare(parameter, summary(gradient.data as Float32Array), expected.gradients[parameter]!),
      );
      const whole = Math.hypot(...comparisons.map(({ norm }) => norm));
      const error = Math.hypot(...comparisons.map(({ difference }) => difference));
      // Dividing by the spread of a batch amplifies rounding.
      expect(error / whole).toBeLessThan(statistics === 'batch' ? 3e-3 : 1e-3);
      for (const { parameter, norm, difference } of comparisons) {
        expect(difference, parameter).toBeLessThan(perParameter[name]! * norm + 1e-6 * whole);
      }
    },
    300_000,
  );
});

async function gradientsOf(network: Network, images: Tensor, roles: readonly Role[], statistics: Statistics) {
  const graph = new Graph();
  const input = graph.input('images', images);
  const { features } = network.build(graph, input, { batch: 4, height: SIZE, width: SIZE, statistics });
  const weights = Float32Array.from({ length: network.features }, (_, i) => 0.02 * Math.sin(0.7 * i + 1));
  const kernel = graph.parameter('classifier.kernel', 'head-kernel', float32(weights, [network.features, 1]));
  const bias = graph.parameter('classifier.bias', 'head-bias', float32([0.1]));
  const logits = gemm(graph, features, kernel, bias);
  const labels = graph.constant(
    float32(
      golden.images.map(([, label]) => label),
      [4, 1],
    ),
  );
  const { loss } = sigmoidCrossEntropy(
    graph,
    logits,
    labels,
    graph.constant(float32([0.25, 0.25, 0.25, 0.25])),
  );
  const wanted = [...graph.parameters].filter(([, value]) => roles.includes(roleOf(value)));
  const gradients = differentiate(
    graph,
    loss,
    wanted.map(([, value]) => value),
  ) as Value[];
  const [result, ...tensors] = await runGraph(graph, [loss, ...gradients], { images });
  return {
    loss: Number(result!.data[0]),
    gradients: tensors.map((tensor, i) => [wanted[i]![0], tensor] as const),
  };
}

function roleOf({ source }: Value): Role {
  if (source.kind !== 'parameter') throw new Error('not a parameter');
  return source.parameter.role;
}

function summary(gradient: Float32Array): Summary {
  let squares = 0;
  const products = [0, 0, 0];
  for (let i = 0; i < gradient.length; i++) {
    const x = gradient[i]!;
    squares += x * x;
    for (let k = 0; k < 3; k++) products[k]! += isNegative(i, k) ? -x : x;
  }
  return [Math.sqrt(squares), ...products];
}

/** The norm of a gradient, and that of its difference from PyTorch's as the three products estimate it. */
function compare(parameter: string, actual: Summary, [norm, ...products]: Summary) {
  const differences = products.map((product, k) => actual[k + 1]! - product);
  return { parameter, norm, difference: Math.hypot(...differences) / Math.sqrt(products.length) };
}

/** The sign of element `i` of the fixed vector `which`: the top bit of a multiplicative hash. */
function isNegative(i: number, which: number): boolean {
  const h = (Math.imul(i + 1, 2654435761) + Math.imul(which, 2246822519)) >>> 0;
  return Math.imul(h ^ (h >>> 13), 3266489917) >>> 31 === 1;
}
