import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.js';
import { Graph } from '../../src/graph/graph.js';
import type { Statistics } from '../../src/graph/network.js';
import { mul } from '../../src/graph/ops/mul.js';
import { reduceSum } from '../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { float32, sizeOf } from '../../src/graph/tensor.js';
import { loadBuiltin } from '../../src/models/builtin.js';
import { builtinPreprocessing, initialBuiltin } from '../../src/models/petri.js';
import { preprocess } from '../../src/models/preprocessing.js';
import { Random } from '../../src/random.js';
import golden from '../golden/builtin.json' with { type: 'json' };
import { runGraph } from '../graph/run-graph.js';

const asset = new URL('../../assets/petri.safetensors', import.meta.url);

const norm = (values: Float32Array | readonly number[]) =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

describe('the committed weights', () => {
  it('fit in 8 MB and are known by their hash', async () => {
    const file = await readFile(asset);
    const network = await loadBuiltin();
    expect(file.length).toBeLessThanOrEqual(8e6);
    expect(network.sha256).toBe(createHash('sha256').update(file).digest('hex'));
  });

  it('are finite, with positive variances, and moved by training', async () => {
    const network = await loadBuiltin();
    for (const { name, role, tensor } of network.parameters) {
      const values = tensor.data as Float32Array;
      expect(values.every(Number.isFinite), name).toBe(true);
      if (role === 'bn-variance') expect(Math.min(...values), name).toBeGreaterThan(0);
      if (role.startsWith('bn-')) expect(new Set(values).size, name).toBeGreaterThan(1);
    }
  });

  it('give the features and gradients that PyTorch computes', async () => {
    const { height, width } = golden;
    const network = await loadBuiltin();
    const graph = new Graph();
    const pixels = graph.input('pixels', { dtype: 'uint8', shape: [1, height, width, 3] });
    const images = preprocess(graph, pixels, builtinPreprocessing);
    const { features } = network.build(graph, images, { batch: 1, height, width, statistics: 'frozen' });
    const uneven = float32(
      Array.from({ length: network.features }, (_, i) => Math.cos(i)),
      [1, network.features],
    );
    const loss = reshape(graph, reduceSum(graph, mul(graph, features, graph.constant(uneven)), [0, 1]), []);
    const kernels = Object.keys(golden.kernelGradientNorms);
    const wanted = [...Object.keys(golden.gradients), ...kernels];
    const gradients = differentiate(
      graph,
      loss,
      wanted.map((name) => graph.parameters.get(name)!),
    );

    const data = new Uint8Array(height * width * 3);
    for (let i = 0; i < data.length; i++) {
      const [row, column, channel] = [Math.floor(i / (3 * width)), Math.floor(i / 3) % width, i % 3];
      data[i] = (row * 7 + column * 13 + channel * 29 + row * column) % 256;
    }
    const feeds = { pixels: { dtype: 'uint8' as const, shape: pixels.shape, data } };
    const [actual, ...results] = await runGraph(graph, [features, ...gradients.map((g) => g!)], feeds);

    const close = (values: ArrayLike<number>, expected: readonly number[], name: string) => {
      const tolerance = 1e-4 * norm(expected);
      Array.from(values).forEach((value, i) => {
        expect(Math.abs(value - expected[i]!), `${name}[${i}]`).toBeLessThan(tolerance);
      });
    };
    close(actual!.data as Float32Array, golden.features, 'features');
    wanted.forEach((name, i) => {
      const values = results[i]!.data as Float32Array;
      const whole = golden.gradients[name as keyof typeof golden.gradients];
      if (whole) close(values, whole, name);
      else
        close(
          [norm(values)],
          [golden.kernelGradientNorms[name as keyof typeof golden.kernelGradientNorms]],
          name,
        );
    });
  });
});

describe('the network', () => {
  it('has these parameters by role', () => {
    const { parameters } = initialBuiltin(1);
    const counts: Record<string, number> = {};
    for (const { role, shape } of parameters) counts[role] = (counts[role] ?? 0) + sizeOf(shape);
    // 18 batch-norm layers: 3 of 32 channels, 5 each of 48, 96 and 192.
    const channels = 3 * 32 + 5 * (48 + 96 + 192);
    expect(counts).toEqual({
      kernel: 1_571_424,
      'bn-scale': channels,
      'bn-centre': channels,
      'bn-mean': channels,
      'bn-variance': channels,
    });
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
  });

  it.each<[number, number, number, Statistics]>([
    [1, 32, 32, 'frozen'],
    [2, 45, 77, 'frozen'],
    [3, 96, 64, 'batch'],
  ])('takes %i images of %i×%i with %s statistics', async (batch, height, width, statistics) => {
    const network = initialBuiltin(1);
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [batch, 3, height, width] });
    const built = network.build(graph, images, { batch, height, width, statistics });
    expect(built.batchStatistics.length).toBe(statistics === 'batch' ? 18 : 0);
    const random = new Random(2);
    const data = Float32Array.from({ length: sizeOf(images.shape) }, () => random.between(-1, 1));
    const [features] = await runGraph(graph, [built.features], { images: float32(data, images.shape) });
    expect(features!.shape).toEqual([batch, network.features]);
    expect((features!.data as Float32Array).every(Number.isFinite)).toBe(true);
  });

  it('refuses images that are too small, saying how large they must be', () => {
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [1, 3, 31, 64] });
    const build = () =>
      initialBuiltin(1).build(graph, images, { batch: 1, height: 31, width: 64, statistics: 'frozen' });
    expect(build).toThrow('petri needs images of at least 32×32 pixels, not 31×64');
  });
});

describe('random weights', () => {
  const kernelOf = (seed: number) =>
    initialBuiltin(seed).parameters.find(({ name }) => name === 'block5.conv1.kernel')!;

  it('are the same for the same seed only', () => {
    expect(kernelOf(1).tensor.data).toEqual(kernelOf(1).tensor.data);
    expect(kernelOf(1).tensor.data).not.toEqual(kernelOf(2).tensor.data);
  });

  it('have the deviation that He et al. give for the fan-out', () => {
    const { tensor, shape } = kernelOf(1);
    const deviation = norm(tensor.data as Float32Array) / Math.sqrt(sizeOf(shape));
    expect(deviation).toBeCloseTo(Math.sqrt(2 / (192 * 9)), 4);
  });
});
