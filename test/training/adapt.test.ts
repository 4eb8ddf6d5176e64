/** @file Adaptation without labels: the statistics of AdaBN, the entropy of TENT, and what they are good for. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createPredictor } from '../../src/adapter/predict.js';
import { differentiate } from '../../src/graph/differentiate.js';
import { Graph } from '../../src/graph/graph.js';
import { conv } from '../../src/graph/ops/conv.js';
import { sigmoidEntropy, softmaxEntropy } from '../../src/graph/ops/entropy.js';
import { float32 } from '../../src/graph/tensor.js';
import { evaluatePredictions } from '../../src/metrics/index.js';
import { type Classifier, parametersOf, type Weights } from '../../src/models/classifier.js';
import { preprocess } from '../../src/models/preprocessing.js';
import { adapt } from '../../src/training/adapt.js';
import { type BatchSource, predictAll, type TrainingBatch } from '../../src/training/loop.js';
import type { AdaptationName } from '../../src/training/methods.js';
import { fit } from '../../src/training/trainer.js';
import { runGraph } from '../graph/run-graph.js';
import { fitOptions } from './fit-options.js';
import { noiseSource, SIZE, stagedClassifier } from './staged-network.js';

describe('the entropy of predictions', () => {
  const logits = float32([0.3, -1.2, 2, 4, 0, -0.5], [2, 3]);
  const weights = float32([0.25, 0.75]);

  test.each([
    ['sigmoid', sigmoidEntropy],
    ['softmax', softmaxEntropy],
  ])('of a %s is Shannon’s, and has its gradient', async (kind, entropy) => {
    const graph = new Graph();
    const z = graph.input('z', logits);
    const { loss } = entropy(graph, z, graph.constant(weights));
    const [gradient] = differentiate(graph, loss, [z]);
    const [value, slope] = await runGraph(graph, [loss, gradient!], { z: logits });

    const direct = (numbers: readonly number[]): number =>
      [0, 1].reduce((sum, row) => {
        const own = numbers.slice(3 * row, 3 * row + 3);
        const terms = (ps: number[]) => -ps.reduce((total, p) => total + p * Math.log(p), 0);
        const norm = own.reduce((total, x) => total + Math.exp(x), 0);
        const ofRow =
          kind === 'softmax'
            ? terms(own.map((x) => Math.exp(x) / norm))
            : own.reduce((total, x) => total + terms([1 / (1 + Math.exp(-x)), 1 / (1 + Math.exp(x))]), 0) / 3;
        return sum + Number(weights.data[row]) * ofRow;
      }, 0);
    const numbers = [...logits.data].map(Number);
    expect(value!.data[0]).toBeCloseTo(direct(numbers), 5);
    numbers.forEach((_, i) => {
      const moved = (by: number) => direct(numbers.map((x, k) => (k === i ? x + by : x)));
      expect(slope!.data[i]).toBeCloseTo((moved(1e-4) - moved(-1e-4)) / 2e-4, 4);
    });
  });

  test('stays finite for decided predictions', async () => {
    const decided = float32([900, -900], [1, 2]);
    for (const entropy of [sigmoidEntropy, softmaxEntropy]) {
      const graph = new Graph();
      const z = graph.input('z', decided);
      const { loss } = entropy(graph, z, graph.constant(float32([1])));
      const [gradient] = differentiate(graph, loss, [z]);
      const [value, slope] = await runGraph(graph, [loss, gradient!], { z: decided });
      expect([...value!.data, ...slope!.data].map((x) => Number(x) + 0)).toEqual([0, 0, 0]);
    }
  });
});

describe('a classifier and images from another camera', () => {
  /** Flatter, and with a tint in which it would see one of the classes. */
  const camera = (value: number, channel: number): number => 0.5 * value + [0, 70, 30][channel]!;
  const other = noiseSource(60, 16, 7, camera);
  const classifier = stagedClassifier();
  let trained: Weights;
  let before: unknown;
  let fitted: Record<AdaptationName, Weights>;

  beforeAll(async () => {
    const data = { train: noiseSource(96, 16, 1), validation: noiseSource(40, 16, 2) };
    const options = fitOptions('bn+head@2e-2x12/batch0.8', {
      batch: 16,
      schedule: { name: 'constant' },
      patience: 12,
      seed: 1,
      dropout: 0,
    });
    const { state } = await fit(classifier, data, options);
    trained = state.weights;
    before = numbers(trained);
    fitted = { adabn: await adapted('adabn'), tent: await adapted('tent') };
  }, 120_000);

  const adapted = (adaptation: AdaptationName, images: BatchSource = other): Promise<Weights> =>
    adapt(classifier, trained, images, { adaptation, batch: 16, threads: 1 });

  test('adabn takes the mean and variance of all images, however they are cut into batches', async () => {
    const weights = fitted.adabn;
    const { mean, variance } = await firstMoments(classifier, other);
    for (const [name, expected] of [
      ['stage0.bn.mean', mean],
      ['stage0.bn.variance', variance],
    ] as const) {
      const values = weights.get(name)!.data as Float32Array;
      expected.forEach((x, channel) => {
        expect(values[channel]! / x, `${name}, channel ${channel}`).toBeCloseTo(1, 4);
      });
    }
  });

  test('adabn changes statistics only, tent also scale and centre, and nobody a kernel, the head or the original', async () => {
    const changed = (weights: Weights) =>
      parametersOf(classifier)
        .filter(({ name, tensor }) => {
          const was = (trained.get(name) ?? tensor).data;
          return (weights.get(name) ?? tensor).data.some((x, i) => x !== was[i]);
        })
        .map(({ role }) => role);
    const statistics = ['bn-mean', 'bn-variance'];
    expect(new Set(changed(fitted.adabn))).toEqual(new Set(statistics));
    expect(new Set(changed(fitted.tent))).toEqual(new Set([...statistics, 'bn-scale', 'bn-centre']));
    expect(numbers(trained)).toEqual(before);
  });

  test('adapting repeats to the bit, and needs no labels', async () => {
    const blind: BatchSource = {
      ...other,
      async *epoch(epoch, options) {
        for await (const batch of other.epoch(epoch, options)) {
          yield { ...batch, targets: new Float32Array(batch.targets.length) };
        }
      },
    };
    for (const adaptation of ['adabn', 'tent'] as const) {
      expect(numbers(await adapted(adaptation, blind))).toEqual(numbers(fitted[adaptation]));
    }
  });

  test('it fails on them until it is adapted; tent makes it more decided than adabn', async () => {
    const own = await measured(classifier, trained, noiseSource(60, 16, 7));
    const lost = await measured(classifier, trained, other);
    const adabn = await measured(classifier, fitted.adabn, other);
    const tent = await measured(classifier, fitted.tent, other);
    expect(own.accuracy).toBeGreaterThan(0.9);
    expect(lost.accuracy).toBeLessThan(0.7);
    expect(adabn.accuracy).toBeGreaterThan(0.9);
    expect(tent.accuracy).toBeGreaterThan(0.9);
    expect(tent.entropy).toBeLessThan(adabn.entropy);
  });
});

const numbers = (weights: Weights) => [...weights].toSorted().map(([name, { data }]) => [name, ...data]);

/** Of the first convolution's output, over all images at once. */
async function firstMoments(classifier: Classifier, source: BatchSource) {
  const batches: TrainingBatch[] = [];
  for await (const batch of source.epoch(0)) batches.push(batch);
  const data = Uint8Array.from(Buffer.concat(batches.map(({ images }) => images)));
  const graph = new Graph();
  const pixels = graph.input('pixels', { dtype: 'uint8', shape: [source.size, SIZE, SIZE, 3] });
  const weight = (name: string) =>
    graph.constant(classifier.network.parameters.find((parameter) => parameter.name === name)!.tensor);
  const images = preprocess(graph, pixels, classifier.preprocessing);
  const y = conv(graph, images, weight('stage0.kernel'), weight('stage0.bias'), {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    dilations: [1, 1],
    groups: 1,
  });
  const [result] = await runGraph(graph, [y], { pixels: { dtype: 'uint8', shape: pixels.shape, data } });
  const [, channels, height, width] = y.shape as [number, number, number, number];
  const area = height * width;
  const values = Array.from({ length: channels }, (_, channel) =>
    [...result!.data].map(Number).filter((_, i) => Math.floor(i / area) % channels === channel),
  );
  const mean = values.map((own) => own.reduce((sum, x) => sum + x, 0) / own.length);
  const variance = values.map(
    (own, channel) => own.reduce((sum, x) => sum + (x - mean[channel]!) ** 2, 0) / own.length,
  );
  return { mean, variance };
}

async function measured(classifier: Classifier, weights: Weights, source: BatchSource) {
  const predictor = await createPredictor({ classifier, weights, threads: 1 });
  try {
    const { predicted: probabilities, targets } = await predictAll(source, 1, (images, size) =>
      predictor.predict(images, size),
    );
    const { accuracy } = evaluatePredictions({
      task: 'binary',
      classes: classifier.classes,
      targets,
      probabilities,
    });
    const entropies = [...probabilities].map(
      (p) => -(p * Math.log(p + 1e-12) + (1 - p) * Math.log(1 - p + 1e-12)),
    );
    return { accuracy, entropy: entropies.reduce((sum, x) => sum + x, 0) / entropies.length };
  } finally {
    await predictor.close();
  }
}
