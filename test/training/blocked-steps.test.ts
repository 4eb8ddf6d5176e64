import { describe, expect, test } from 'vitest';
import { float32, sizeOf, type Tensor } from '../../src/graph/tensor.js';
import { architectureNamed } from '../../src/models/architectures/index.js';
import { type Classifier, parametersOf } from '../../src/models/classifier.js';
import { initialHead } from '../../src/models/head.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { Random } from '../../src/random.js';
import { blockSize } from '../../src/runtime/block-size.js';
import { createLoneSession } from '../../src/runtime/lone-session.js';
import { trainedIn } from '../../src/training/loop.js';
import { methods, type Phase } from '../../src/training/methods.js';
import { evaluationProgram, type Program, ports, stepProgram } from '../../src/training/program.js';
import { seededSupply } from '../models/seeded-weights.js';

const block = await blockSize();

const phases = {
  'bn-and-fc': methods['bn-and-fc'].phases[0]!,
  everything: methods['fc-then-full'].phases[1]!,
  'everything on batch statistics': { ...methods['fc-then-full'].phases[1]!, statistics: 'batch' },
} as const satisfies Record<string, Phase>;

const cases: { name: string; what: keyof typeof phases }[] = [
  { name: 'mobilenet-0.25', what: 'bn-and-fc' },
  { name: 'mobilenet-0.25', what: 'everything' },
  { name: 'mobilenetv3-small', what: 'bn-and-fc' },
  { name: 'mobilenetv3-small', what: 'everything' },
  { name: 'mobilenetv3-small', what: 'everything on batch statistics' },
  { name: 'efficientnetb0', what: 'bn-and-fc' },
  { name: 'efficientnetb0', what: 'everything' },
  { name: 'densenet121', what: 'bn-and-fc' },
  { name: 'densenet121', what: 'everything' },
  { name: 'resnet18', what: 'bn-and-fc' },
  { name: 'inceptionv3', what: 'bn-and-fc' },
];

const BATCH = 3;
const BATCHES = 4;

/** Odd, so that strides do not divide it; larger only where it must be. */
const SIZE = 45;

function classifierOf(name: string): Classifier {
  const network = architectureNamed(name).create(seededSupply);
  const size = Math.max(SIZE, network.minimumSize ?? 0);
  return {
    network,
    head: initialHead(network.features, 1, 1),
    preprocessing: preprocessings.imagenet,
    height: size,
    width: size,
    task: 'binary',
    classes: ['negative', 'positive'],
  };
}

/** Loss, logits and gradients of several batches. */
async function run(classifier: Classifier, program: Program): Promise<Record<string, Tensor>[]> {
  const session = await createLoneSession(program, { threads: 1 });
  const results: Record<string, Tensor>[] = [];
  try {
    for (let batch = 0; batch < BATCHES; batch++) {
      const feeds = feedsOf(classifier, program, new Random(batch));
      results.push(await session.run(Object.fromEntries(session.inputs.map((name) => [name, feeds[name]!]))));
    }
    return results;
  } finally {
    await session.release();
  }
}

function feedsOf(
  classifier: Classifier,
  { microBatch: n, fed, input }: Program,
  random: Random,
): Record<string, Tensor> {
  const { stochasticDepth = [] } = classifier.network;
  const keep = Float32Array.from({ length: n * stochasticDepth.length }, () => random.between(0.5, 1.5));
  return {
    ...Object.fromEntries(
      parametersOf(classifier).flatMap(({ name, tensor }) => (fed.includes(name) ? [[name, tensor]] : [])),
    ),
    [ports.images]: {
      dtype: 'uint8',
      shape: [n, ...input.shape],
      data: Uint8Array.from({ length: n * sizeOf(input.shape) }, () => random.word() & 255),
    },
    [ports.targets]: float32(
      Float32Array.from({ length: n }, (_, i) => i % 2),
      [n, 1],
    ),
    [ports.weights]: float32(Float32Array.from({ length: n }, (_, i) => (i + 1) / n)),
    [ports.keep]: float32(keep, [n, stochasticDepth.length]),
  };
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** What is so much smaller than the largest result is what rounding has left of zero. */
const NEGLIGIBLE = 1e-7;

/**
 * Where a ReLU or a maximum pool is within rounding of its kink, either slope is right, and all gradients before it
 * differ by a pixel's share. That is rare: most batches have none.
 */
function expectSame(
  actual: readonly Record<string, Tensor>[],
  expected: readonly Record<string, Tensor>[],
): void {
  const worst = actual.map((results, batch) => {
    const wanted = Object.entries(expected[batch]!).map(([name, { data }]) => {
      return { name, data: data as Float32Array, size: rootMeanSquare(data as Float32Array) };
    });
    expect(Object.keys(results)).toEqual(wanted.map(({ name }) => name));
    const largest = Math.max(...wanted.map(({ size }) => size));
    const compared = wanted.filter(({ size }) => size > NEGLIGIBLE * largest);
    expect(compared.length).toBeGreaterThan(0.8 * wanted.length);
    const errors = compared.map(({ name, data, size }) => {
      const values = results[name]!.data as Float32Array;
      return { name, error: rootMeanSquare(values.map((value, i) => value - data[i]!)) / size };
    });
    return errors.reduce((most, each) => (each.error <= most.error ? most : each));
  });
  const best = worst.reduce((least, each) => (each.error < least.error ? each : least));
  expect(best.error, best.name).toBeLessThan(1e-4);
}

describe.skipIf(block === 1)(
  'the blocked layout changes no result (skipped where the runtime has no blocked layout)',
  () => {
    test.each(cases)('$name: loss and gradients of $what', async ({ name, what }) => {
      const classifier = classifierOf(name);
      const phase: Phase = phases[what];
      const options = {
        trained: trainedIn(phase, classifier),
        statistics: phase.statistics,
        dropout: 0,
        batch: BATCH,
        weights: new Map(),
      };
      const plain = await run(classifier, stepProgram(classifier, options));
      const blocked = await run(classifier, stepProgram(classifier, { ...options, block }));
      for (const name of options.trained) expect(plain[0]).toHaveProperty([ports.gradient(name)]);
      expectSame(blocked, plain);
    });

    test.each(['mobilenetv2-0.35', 'resnet18'])('%s: logits', async (name) => {
      const classifier = classifierOf(name);
      const options = { fed: [], batch: BATCH, weights: new Map() };
      const plain = await run(classifier, evaluationProgram(classifier, options));
      expectSame(await run(classifier, evaluationProgram(classifier, { ...options, block })), plain);
    });
  },
);
