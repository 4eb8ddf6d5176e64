import { describe, expect, it } from 'vitest';
import type { Network } from '../../src/graph/network.js';
import { createRandom } from '../../src/models/architectures/index.js';
import {
  glorotUniform,
  heNormalFanIn,
  heNormalFanOut,
  type Initialiser,
  scaledTruncatedNormal,
} from '../../src/models/initialisers.js';
import { Random } from '../../src/random.js';
import keras from '../golden/architectures/initial-keras.json' with { type: 'json' };
import torchvision from '../golden/architectures/initial-torchvision.json' with { type: 'json' };

/** What the oracles write of a kernel that the framework itself has drawn. */
type Drawn = Record<string, { readonly count: number; readonly deviation: number; readonly most: number }>;

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return { mean, deviation: Math.sqrt(variance), most };
};

const valuesOf = ({ parameters }: Network, name: string) =>
  parameters.find((parameter) => parameter.name === name)!.tensor.data as Float32Array;

describe.each([
  ...Object.entries(keras as Record<string, Drawn>).map(([name, kernels]) => ({
    name,
    kernels,
    bounded: true,
  })),
  ...Object.entries(torchvision as Record<string, Drawn>).map(([name, kernels]) => ({
    name,
    kernels,
    bounded: false,
  })),
])('untrained $name', ({ name, kernels, bounded }) => {
  const network = createRandom(name, 5);

  it.each(Object.keys(kernels))('draws %s from the framework’s own distribution', (kernel) => {
    const expected = kernels[kernel]!;
    const values = valuesOf(network, kernel);
    const { mean, deviation, most } = moments(values);
    const n = expected.count;
    expect(values.length).toBe(n);
    // Five standard errors; the framework's own deviation has one as well.
    expect(Math.abs(mean)).toBeLessThan((5 * deviation) / Math.sqrt(n));
    expect(Math.abs(deviation / expected.deviation - 1)).toBeLessThan(5 / Math.sqrt(n));
    // The largest of n numbers comes as close to a bound as n is large.
    if (bounded) expect(Math.abs(most / expected.most - 1)).toBeLessThan(0.002 + 30 / n);
  });

  it('starts batch norm as doing nothing, and biases at zero', () => {
    const start = { 'bn-scale': 1, 'bn-variance': 1, 'bn-centre': 0, 'bn-mean': 0, bias: 0 };
    for (const { name, role, tensor } of network.parameters) {
      if (role === 'kernel') continue;
      const values = tensor.data as Float32Array;
      expect(new Set(values), name).toEqual(new Set([start[role as keyof typeof start]]));
    }
  });
});

describe('the distributions', () => {
  const drawn = (initialiser: Initialiser) => initialiser([40, 30, 3, 3], new Random(9));
  const [fanIn, fanOut] = [30 * 9, 40 * 9];

  it('are bounded where they should be, and up to the bound', () => {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    const cut = (2 * Math.sqrt(2 / fanOut)) / 0.87962566;
    for (const [initialiser, bound] of [
      [glorotUniform, limit],
      [scaledTruncatedNormal, cut],
    ] as const) {
      const { most } = moments(drawn(initialiser));
      expect(most).toBeLessThanOrEqual(bound * (1 + 1e-6));
      expect(most).toBeGreaterThan(bound * 0.99);
    }
  });

  it.each([
    ['glorotUniform', glorotUniform, Math.sqrt(2 / (fanIn + fanOut))],
    ['scaledTruncatedNormal', scaledTruncatedNormal, Math.sqrt(2 / fanOut)],
    ['heNormalFanOut', heNormalFanOut, Math.sqrt(2 / fanOut)],
    ['heNormalFanIn', heNormalFanIn, Math.sqrt(2 / fanIn)],
  ] as const)('%s has the deviation of its formula', (_, initialiser, expected) => {
    const { mean, deviation } = moments(drawn(initialiser));
    const n = 40 * fanIn;
    expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(n));
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
  });
});

describe('a random network', () => {
  it('is the same for the same seed, and known by its weights', () => {
    const [first, again, other] = [
      createRandom('mobilenet-0.25', 1),
      createRandom('mobilenet-0.25', 1),
      createRandom('mobilenet-0.25', 2),
    ];
    expect(again.parameters).toEqual(first.parameters);
    expect(again.sha256).toBe(first.sha256);
    expect(first.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(other.sha256).not.toBe(first.sha256);
    expect(valuesOf(other, 'conv1.kernel')).not.toEqual(valuesOf(first, 'conv1.kernel'));
  });
});
