/** @file Weights drawn anew, for networks that are built here and for those that come from elsewhere. */
import { describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.js';
import type { Network } from '../../src/graph/network.js';
import { createRandom } from '../../src/models/architectures/index.js';
import { resampled, untrained } from '../../src/models/drawn-weights.js';
import { initialBuiltin } from '../../src/models/petri.js';
import { loadBase } from '../../src/models/start.js';
import { hashOfWeights } from '../../src/models/weights-hash.js';
import { runGraph } from '../graph/run-graph.js';
import { smallNetwork } from '../small-network.js';
import { stagedNetwork } from '../training/staged-network.js';

const values = (network: Network) =>
  Object.fromEntries(network.parameters.map(({ name, tensor }) => [name, tensor.data as Float32Array]));

const moments = (data: Float32Array) => {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  return { mean, variance: data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length };
};

const identity = { scale: 1, centre: 0, mean: 0, variance: 1 };

describe('a network that comes from elsewhere', () => {
  const network = smallNetwork();
  const drawn = untrained(network, 3);

  test('gets glorot-uniform kernels by their shapes, and the identity for batch norm', () => {
    const { 'stem.kernel': stem, 'block.kernel': block } = values(drawn);
    for (const [kernel, inputs] of [
      [stem!, 3],
      [block!, 8],
    ] as const) {
      const limit = Math.sqrt(6 / ((inputs + 8) * 9));
      expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(Math.fround(limit));
      // A uniform distribution's variance, within five standard errors of its estimate.
      const error = (limit ** 2 / 3) * Math.sqrt(0.8 / kernel.length);
      expect(Math.abs(moments(kernel).variance - limit ** 2 / 3)).toBeLessThan(5 * error);
    }
    for (const layer of ['stem.bn', 'block.bn']) {
      for (const [weight, value] of Object.entries(identity)) {
        expect(values(drawn)[`${layer}.${weight}`]).toEqual(new Float32Array(8).fill(value));
      }
    }
  });

  test('begins with zeros behind its kernels', () => {
    const { 'stage0.bias': before } = values(resampled(stagedNetwork(), 1));
    expect(before).toHaveLength(6);
    const biased = stagedNetwork();
    const shifted: Network = {
      ...biased,
      parameters: biased.parameters.map((p) =>
        p.role === 'bias' ? { ...p, tensor: { ...p.tensor, data: new Float32Array(6).fill(2) } } : p,
      ),
    };
    expect(values(untrained(shifted, 1))['stage1.bias']).toEqual(new Float32Array(6));
  });

  test('is drawn by the seed, known by its weights, and the original stays', () => {
    const before = structuredClone(values(network));
    expect(values(untrained(network, 3))).toEqual(values(drawn));
    expect(untrained(network, 3).sha256).toBe(drawn.sha256);
    expect(drawn.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(drawn.sha256).not.toBe(network.sha256);
    expect(untrained(network, 4).sha256).not.toBe(drawn.sha256);
    expect(values(network)).toEqual(before);
  });

  test('computes with what was drawn', async () => {
    const features = async (of: Network) => {
      const graph = new Graph();
      const images = graph.input('images', { dtype: 'float32', shape: [1, 3, 8, 8] });
      const size = { batch: 1, height: 8, width: 8, statistics: 'frozen' } as const;
      const built = of.build(graph, images, size);
      expect(built.graph).toBe(graph);
      for (const { name, tensor } of of.parameters) {
        const { source } = graph.parameters.get(name)!;
        expect(source.kind === 'parameter' && source.parameter.tensor).toBe(tensor);
      }
      const data = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i));
      const [result] = await runGraph(graph, [built.features], {
        images: { dtype: 'float32', shape: images.shape, data },
      });
      return [...result!.data];
    };
    const of = await Promise.all([network, drawn, resampled(network, 3)].map(features));
    expect(of.every((own) => own.every((x) => Number.isFinite(Number(x))))).toBe(true);
    expect(new Set(of.map((own) => own.join())).size).toBe(3);
  });
});

test('kernels can be drawn with the mean and variance they had; batch norm begins at the identity', () => {
  const network = createRandom('mobilenet-0.25', 1);
  const drawn = resampled(network, 2);
  for (const { name, role, tensor } of network.parameters) {
    const now = values(drawn)[name]!;
    if (role !== 'kernel') {
      expect(now, name).toEqual(
        new Float32Array(now.length).fill(identity[name.split('.').at(-1) as 'mean']),
      );
      continue;
    }
    const [was, is] = [moments(tensor.data as Float32Array), moments(now)];
    const error = Math.sqrt(was.variance / now.length);
    expect(Math.abs(is.mean - was.mean), name).toBeLessThan(5 * error);
    expect(Math.abs(is.variance / was.variance - 1), name).toBeLessThan(5 * Math.sqrt(2 / now.length));
    expect(now[0], name).not.toBe(tensor.data[0]);
  }
});

test('what is built here is drawn as it is drawn there, whatever its weights came from', async () => {
  const trained = createRandom('mobilenet-0.25', 1);
  expect(untrained(trained, 9).sha256).toBe(createRandom('mobilenet-0.25', 9).sha256);
  expect(untrained(initialBuiltin(1), 9).sha256).toBe(hashOfWeights(initialBuiltin(9).parameters));
  const { network, source, size } = await loadBase('mobilenet-0.25', { start: 'random', seed: 9 });
  expect(network.sha256).toBe(createRandom('mobilenet-0.25', 9).sha256);
  expect([source, size]).toEqual(['mobilenet-0.25', 224]);
});
