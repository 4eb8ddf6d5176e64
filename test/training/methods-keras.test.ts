/** @file Ten steps of every published way of training, against the same ten steps in Keras. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/graph/graph.js';
import { add } from '../../src/graph/ops/add.js';
import { relu } from '../../src/graph/ops/relu.js';
import type { Role } from '../../src/graph/role.js';
import { float32, type Tensor } from '../../src/graph/tensor.js';
import { networkOf } from '../../src/models/blueprint.js';
import { type Classifier, parametersOf } from '../../src/models/classifier.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../../src/models/head.js';
import { glorotUniform } from '../../src/models/initialisers.js';
import type { Layers } from '../../src/models/layers.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { trainedIn } from '../../src/training/loop.js';
import { type Phase, resolveMethod } from '../../src/training/methods.js';
import { evaluationProgram, stepProgram } from '../../src/training/program.js';
import { createStepper } from '../../src/training/stepper.js';

interface Step {
  readonly loss: number;
  readonly weights: Readonly<Record<string, number[]>>;
}

interface Golden {
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly batch: number;
  readonly epochs: number;
  readonly rate: number;
  readonly epsilon: number;
  readonly images: number[];
  readonly labels: number[];
  readonly weights: Readonly<Record<string, number[][]>>;
  readonly cases: Readonly<
    Record<string, { steps: Step[]; kernels: Record<string, number[]>; logits: number[] }>
  >;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/training/methods.json', import.meta.url), 'utf8'),
);
const { size, channels, classes, batch, rate, labels } = golden;
const images = Uint8Array.from(golden.images);

/** Ours → Keras': the published phase whose way of training each case is, at the rate of the golden steps. */
const cases: [string, string][] = [
  ['head, frozen', 'fc'],
  ['bn+head, frozen', 'bn-and-fc'],
  ['all, frozen', 'fc-then-full'],
  ['head, batch 0.95', 'fc-bma'],
  ['bn+head, batch 0.99', 'rnd-bn-and-fc-bma'],
  ['bn+head, batch 0.99', 'fc-then-bn-bma'],
  ['all, batch 0.99', 'fc-then-full-bma'],
];

describe.each(cases)('ten steps of Keras: %s, as the last phase of %s', (name, method) => {
  const { steps, kernels, logits } = golden.cases[name]!;

  it('has the same losses, weights, moving averages and, after training, predictions', async () => {
    const run = await tenSteps(resolveMethod(method).phases.at(-1)!);
    run.steps.forEach(({ loss, weights }, i) => {
      expect(loss, `loss of step ${i + 1}`).toBeCloseTo(steps[i]!.loss, 5);
      for (const [weight, expected] of Object.entries(steps[i]!.weights)) {
        const [layer, kind] = weight.split('/') as [string, string];
        const isKernel = layer !== 'head' && kind === 'kernel';
        const values = weights.get(ourName(layer, kind))!.data as Float32Array;
        const is = isKernel ? [values.reduce((sum, x) => sum + x * x, 0)] : [...values];
        expectClose(is, expected, `${weight} after step ${i + 1}`);
      }
    });
    const last = run.steps.at(-1)!.weights;
    for (const [layer, expected] of Object.entries(kernels)) {
      const inputs = expected.length / (9 * channels);
      expectClose(last.get(`${layer}.kernel`)!.data as Float32Array, filtersFirst(expected, inputs), layer);
    }
    expectClose(run.logits, logits, 'logits');
  });
});

function expectClose(is: ArrayLike<number>, should: ArrayLike<number>, what: string): void {
  expect(is.length, what).toBe(should.length);
  for (let i = 0; i < should.length; i++) {
    expect(Math.abs(is[i]! - should[i]!), `${what}, element ${i}: ${is[i]} for ${should[i]}`).toBeLessThan(
      2e-5 * Math.max(1, Math.abs(should[i]!)),
    );
  }
}

async function tenSteps(phase: Phase) {
  const { statistics, momentum } = phase;
  const trained = trainedIn(phase, classifier);
  const none = new Map<string, Tensor>();
  const programs = [batch, labels.length % batch].map((n) =>
    stepProgram(classifier, { trained, statistics, dropout: 0, batch: n, weights: none }),
  );
  const moved = programs[0]!.moving.flatMap(({ mean, variance }) => [mean, variance]);
  const fed = [...trained, ...moved];
  const original = new Map(parametersOf(classifier).map(({ name, tensor }) => [name, tensor]));
  const stepper = await createStepper({
    steps: statistics === 'batch' ? programs : programs.slice(0, 1),
    evaluation: evaluationProgram(classifier, { fed, weights: none, batch }),
    optimiser: { name: 'adam' },
    momentum,
    snapshot: { parameters: new Map(fed.map((name) => [name, original.get(name)!])), optimiser: new Map() },
    dropout: 0,
    features: channels,
    outputs: classes,
    threads: 1,
  });
  try {
    const steps: { loss: number; weights: Map<string, Tensor> }[] = [];
    for (let epoch = 0; epoch < golden.epochs; epoch++) {
      for (let from = 0; from < labels.length; from += batch) {
        const { loss } = await stepper.step(batchFrom(from), rate, [0]);
        const { parameters } = await stepper.snapshot();
        steps.push({ loss, weights: new Map([...original, ...parameters]) });
      }
    }
    return { steps, logits: await stepper.evaluate(images, labels.length) };
  } finally {
    await stepper.close();
  }
}

function batchFrom(from: number) {
  const to = Math.min(from + batch, labels.length);
  const n = to - from;
  const pixels = size * size * 3;
  return {
    images: images.slice(from * pixels, to * pixels),
    targets: Float32Array.from(
      labels.slice(from, to).flatMap((label) => Array.from({ length: classes }, (_, k) => +(k === label))),
    ),
    weights: new Float32Array(n).fill(1 / n),
    size: n,
  };
}

/** The network of the oracle, with its weights. */
function forward(layers: Layers, input: Value): Value {
  const { graph } = layers;
  const layer = (name: string, x: Value, stride: number) =>
    layers.norm(`${name}.bn`, layers.conv(name, x, channels, { kernel: 3, stride, padding: 'half' }));
  const stem = relu(graph, layer('stem', input, 2));
  return relu(graph, add(graph, layer('block', stem, 1), stem));
}

const stored: Record<string, number> = { scale: 0, centre: 1, mean: 2, variance: 3, kernel: 0, bias: 1 };

const conventions = { kernels: glorotUniform, epsilon: golden.epsilon, momentum: 0 };
const supply = (name: string, role: Role, shape: readonly number[]): Tensor => {
  const at = name.lastIndexOf('.');
  const values = golden.weights[name.slice(0, at)]![stored[name.slice(at + 1)]!]!;
  return float32(role === 'kernel' ? filtersFirst(values, shape[1]!) : values, shape);
};

/** [3,3,inputs,filters] → [filters,inputs,3,3] */
function filtersFirst(values: readonly number[], inputs: number): number[] {
  return Array.from({ length: values.length }, (_, i) => {
    const [pixel, input, filter] = [i % 9, Math.floor(i / 9) % inputs, Math.floor(i / (9 * inputs))];
    return values[(pixel * inputs + input) * channels + filter]!;
  });
}

const keras: Record<string, string> = {
  gamma: 'scale',
  beta: 'centre',
  moving_mean: 'mean',
  moving_variance: 'variance',
  kernel: 'kernel',
};

function ourName(layer: string, kind: string): string {
  if (layer === 'head') return kind === 'kernel' ? HEAD_KERNEL : HEAD_BIAS;
  return `${layer}.${keras[kind]}`;
}

const classifier: Classifier = {
  network: networkOf({ name: 'golden', minimumSize: size, conventions, forward }, supply, ''),
  head: {
    kernel: float32(golden.weights.head![0]!, [channels, classes]),
    bias: float32(golden.weights.head![1]!),
  },
  preprocessing: preprocessings.unit,
  height: size,
  width: size,
  task: 'multi-class',
  classes: ['a', 'b', 'c'],
};
