import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.js';
import { Graph, parameterOf, type Value } from '../../src/graph/graph.js';
import type { Network } from '../../src/graph/network.js';
import { BatchNormalization } from '../../src/graph/ops/batch-normalization.js';
import { mul } from '../../src/graph/ops/mul.js';
import { reduceSum } from '../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { float32, type Shape, sizeOf } from '../../src/graph/tensor.js';
import { architectureNamed, architectures } from '../../src/models/architectures/index.js';
import { preprocess, preprocessings } from '../../src/models/preprocessing.js';
import { runGraph } from '../graph/run-graph.js';
import { seededPixels, seededSupply } from './seeded-weights.js';

/** What oracles/architectures_shared.py keeps of a tensor. */
interface Kept {
  readonly rms: number;
  readonly values: readonly number[];
}

interface Case {
  readonly height: number;
  readonly width: number;
  readonly features: Kept;
}

/** What oracles/architectures_keras.py and oracles/architectures_torchvision.py write. */
interface Golden {
  readonly parameters: readonly (readonly [name: string, shape: Shape])[];
  /** All values of the original network, moving statistics and Keras' own normalisation of pixels included. */
  readonly count: number;
  readonly batchNorm: { readonly epsilon: number; readonly momentum: number };
  readonly cases: readonly (Case & { readonly layers: Readonly<Record<string, Kept>> })[];
  /** Of the unevenly weighed sum of the last case's features. */
  readonly gradients: Readonly<Record<string, Kept>>;
  readonly dropRates?: readonly number[];
  readonly dropped?: Case;
}

function goldenOf(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../golden/architectures/${name}.json`, import.meta.url), 'utf8'));
}

const names = Object.keys(architectures);

/** Values that the published networks have without their top, as Keras' and torchvision's documentation count them. */
const published: Record<string, number> = {
  densenet121: 7_037_504,
  densenet169: 12_642_880,
  resnet50v2: 23_564_800,
  inceptionv3: 21_802_784,
  efficientnetb0: 4_049_571,
  efficientnetb3: 10_783_535,
  mobilenet: 3_228_864,
  mobilenetv2: 2_257_984,
  'mobilenetv3-small': 939_120,
  'mobilenetv3-large': 2_996_352,
};

/** Means, variances and a counter of the Normalization layer in Keras' EfficientNets, which is preprocessing here. */
const NORMALIZATION_VALUES = 3 + 3 + 1;

describe.each(names)('%s', (name) => {
  const golden = goldenOf(name);
  const architecture = architectureNamed(name);
  const network = architecture.create(seededSupply);

  it('has the parameters of the original, layer by layer', () => {
    const expected = Object.fromEntries(golden.parameters);
    const actual = Object.fromEntries(network.parameters.map(({ name, shape }) => [name, shape]));
    expect(actual).toEqual(expected);
    expect(network.parameters.length).toBe(golden.parameters.length);
    const normalises = architecture.framework === 'keras' && name.startsWith('efficientnet');
    const elsewhere = normalises ? NORMALIZATION_VALUES : 0;
    const count = network.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(count + elsewhere).toBe(golden.count);
    if (published[name]) expect(count + elsewhere).toBe(published[name]);
  });

  it('says itself how many features it has and how small its images may be', () => {
    expect(network.features).toBe(architecture.features);
    expect(network.minimumSize).toBe(architecture.minimumSize);
    const size = architecture.minimumSize;
    const tooSmall = () => build(network, size, size - 1);
    expect(tooSmall).toThrow(
      `${name} needs images of at least ${size}×${size} pixels, not ${size}×${size - 1}`,
    );
    for (const [height, width] of [
      [size, size],
      [165, 341],
    ] as const) {
      expect(build(network, height, width).features.shape).toEqual([1, architecture.features]);
    }
  });

  it.each(golden.cases)('gives the original features of a $height×$width image', async (expected) => {
    const { graph, features, pixels } = build(network, expected.height, expected.width);
    const norms = Object.keys(expected.layers).map((layer) => normOf(graph, layer));
    const [actual, ...outputs] = await runGraph(graph, [features, ...norms], { pixels });
    expectKept(actual!.data as Float32Array, expected.features, 'features');
    Object.entries(expected.layers).forEach(([layer, kept], i) => {
      expectKept(outputs[i]!.data as Float32Array, kept, layer);
    });
  });

  it('has the original gradients of batch norm', async () => {
    const { height, width } = golden.cases.at(-1)!;
    const { graph, features, pixels } = build(network, height, width);
    const factors = Array.from({ length: network.features }, (_, i) => Math.cos(i));
    const weighed = mul(graph, features, graph.constant(float32(factors, [1, network.features])));
    const loss = reshape(graph, reduceSum(graph, weighed, [0, 1]), []);
    const sources = Object.keys(golden.gradients);
    const gradients = differentiate(
      graph,
      loss,
      sources.map((source) => graph.parameters.get(source)!),
    );
    const actual = await runGraph(
      graph,
      gradients.map((gradient) => gradient!),
      { pixels },
    );
    sources.forEach((source, i) => {
      expectKept(actual[i]!.data as Float32Array, golden.gradients[source]!, source, KINKED);
    });
  });

  it('normalises by the original epsilon and moves averages by the original momentum', () => {
    const { graph, batchStatistics } = build(network, 96, 96, { statistics: 'batch' });
    const norms = graph.nodes.filter(({ op }) => op.name === 'BatchNormalizationTraining');
    expect(new Set(norms.map(({ attributes }) => attributes.epsilon))).toEqual(
      new Set([golden.batchNorm.epsilon]),
    );
    expect(new Set(batchStatistics.map(({ momentum }) => momentum))).toEqual(
      new Set([golden.batchNorm.momentum]),
    );
    const means = golden.parameters.map(([parameter]) => parameter).filter((n) => n.endsWith('.mean'));
    expect(batchStatistics.map(({ meanName }) => meanName).toSorted()).toEqual(means.toSorted());
  });

  it('drops the residual branches in training that the original drops', async () => {
    const rates = network.stochasticDepth!;
    const expected = golden.dropRates ?? [];
    expect(rates.length).toBe(expected.length);
    rates.forEach((rate, i) => {
      expect(rate).toBeCloseTo(expected[i]!, 12);
    });
    if (!golden.dropped) return;
    const factors = float32(
      rates.map((rate, i) => (i % 3 === 1 ? 0 : 1 / (1 - rate))),
      [1, rates.length],
    );
    const { height, width } = golden.dropped;
    const { graph, features, pixels } = build(network, height, width, { drops: true });
    const [actual] = await runGraph(graph, [features], { pixels, keep: factors });
    expectKept(actual!.data as Float32Array, golden.dropped.features, 'features');
  });
});

describe('an architecture', () => {
  it('that does not exist is named beside those that do', () => {
    expect(() => architectureNamed('resnet51')).toThrow(
      /^there is no architecture resnet51; .*densenet121, .*resnet50/,
    );
  });

  it('takes the shapes it asked for only', () => {
    const wrong = () => architectureNamed('resnet18').create((name) => seededSupply(name, 'kernel', [1]));
    expect(wrong).toThrow('conv1.kernel was supplied with shape [1] instead of [64,3,7,7]');
  });
});

/** The network behind its own preprocessing. */
function build(
  network: Network,
  height: number,
  width: number,
  { statistics = 'frozen', drops = false }: { statistics?: 'frozen' | 'batch'; drops?: boolean } = {},
) {
  const graph = new Graph();
  const input = graph.input('pixels', { dtype: 'uint8', shape: [1, height, width, 3] });
  const keep = drops
    ? graph.input('keep', { dtype: 'float32', shape: [1, network.stochasticDepth!.length] })
    : undefined;
  const images = preprocess(graph, input, preprocessings[architectureNamed(network.name).preprocessing]);
  const built = network.build(graph, images, { batch: 1, height, width, statistics, keep });
  return { ...built, pixels: seededPixels(height, width) };
}

/** What the batch-norm layer of that name gives. */
function normOf(graph: Graph, layer: string): Value {
  const node = graph.nodes.find(
    ({ op, inputs }) => op === BatchNormalization && parameterOf(inputs[3]!)?.name === `${layer}.mean`,
  );
  return node!.outputs[0]!;
}

/**
 * How far gradients may be apart. Among a million values one or another lies closer to ReLU's kink than rounding is
 * small, and falls on either side of it: that moves the sums before it by some thousandths.
 */
const KINKED = 1e-2;

/** Equal to a ten-thousandth of what the values are on the whole. */
function expectKept(actual: Float32Array, { rms, values }: Kept, what: string, tolerance = 1e-4): void {
  const power = actual.reduce((sum, value) => sum + value * value, 0) / actual.length;
  expect(Math.abs(Math.sqrt(power) / rms - 1), `${what}: root mean square`).toBeLessThan(tolerance);
  values.forEach((value, i) => {
    const place = Math.floor(((i + 0.5) * actual.length) / values.length);
    expect(Math.abs(actual[place]! - value), `${what}[${place}]`).toBeLessThan(tolerance * rms);
  });
}
