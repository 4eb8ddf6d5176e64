/**
 * @file Steps of training on WebGPU beside the same on the CPU, in a process of its own, as drivers are chosen by the
 * environment that it starts with. Prints the relative errors as JSON.
 */
import { float32, type Tensor } from '../../src/graph/tensor.js';
import { type Classifier, parametersOf } from '../../src/models/classifier.js';
import { initialHead } from '../../src/models/head.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import type { Device } from '../../src/runtime/device.js';
import { trainedIn } from '../../src/training/loop.js';
import { methods, type Phase } from '../../src/training/methods.js';
import { evaluationProgram, stepProgram } from '../../src/training/program.js';
import { createStepper } from '../../src/training/stepper.js';
import { smallNetwork } from '../small-network.js';

const SIZE = 12;
const BATCH = 3;

/** Two steps and an evaluation by the code that trains; everything that comes out, by name. */
async function train(device: Device, phase: Phase, pool: boolean): Promise<Map<string, Float32Array>> {
  const network = smallNetwork(1, { pool });
  const classifier: Classifier = {
    network,
    head: initialHead(network.features, 1, 1),
    preprocessing: preprocessings.imagenet,
    height: SIZE,
    width: SIZE,
    task: 'binary',
    classes: ['negative', 'positive'],
  };
  const weights = new Map<string, Tensor>();
  const { statistics } = phase;
  const trained = trainedIn(phase, classifier);
  const options = { trained, statistics, dropout: 0, batch: BATCH, weights, device };
  const step = stepProgram(classifier, options);
  const fed = [...step.trained, ...step.moving.flatMap(({ mean, variance }) => [mean, variance])];
  const initial = new Map(parametersOf(classifier).map(({ name, tensor }) => [name, tensor]));
  const stepper = await createStepper({
    steps: [step],
    evaluation: evaluationProgram(classifier, { fed, weights, batch: BATCH, device }),
    // The gradient itself is had back from what plain steps change.
    optimiser: { name: 'sgd' },
    snapshot: { parameters: new Map(fed.map((name) => [name, initial.get(name)!])), optimiser: new Map() },
    dropout: 0,
    features: network.features,
    outputs: 1,
    threads: 1,
    device,
  });
  const batch = {
    images: Uint8Array.from({ length: BATCH * SIZE * SIZE * 3 }, (_, i) => (i * 37 + (i >> 5) * 11) % 256),
    targets: Float32Array.from([0, 1, 1]),
    weights: new Float32Array(BATCH).fill(1 / BATCH),
    size: BATCH,
  };
  const found = new Map<string, Float32Array>();
  for (const i of [1, 2]) {
    const { loss, logits } = await stepper.step(batch, 0.1, [0]);
    found.set(`loss ${i}`, Float32Array.from([loss])).set(`logits ${i}`, logits);
  }
  found.set('evaluation', await stepper.evaluate(batch.images, BATCH));
  for (const [name, { data }] of (await stepper.snapshot()).parameters) {
    const before = (initial.get(name) ?? float32([0])).data as Float32Array;
    found.set(
      `change of ${name}`,
      Float32Array.from(data as Float32Array, (value, i) => value - before[i]!),
    );
  }
  await stepper.close();
  return found;
}

const frozen = { ...methods['fc-then-full'].phases[1]!, statistics: 'frozen' } as Phase;
const cases: Record<string, [phase: Phase, pool: boolean]> = {
  'scale, centre and head': [methods['bn-and-fc'].phases[0]!, false],
  'everything, with max pooling': [frozen, true],
  'everything, with the statistics of the batch': [{ ...frozen, statistics: 'batch' }, false],
};

const errors: Record<string, Record<string, number>> = {};
for (const [title, [phase, pool]] of Object.entries(cases)) {
  const [cpu, gpu] = [await train('cpu', phase, pool), await train('webgpu', phase, pool)];
  errors[title] = Object.fromEntries(
    [...cpu].map(([name, expected]) => {
      const size = Math.hypot(...expected);
      const difference = Math.hypot(...expected.map((value, i) => value - gpu.get(name)![i]!));
      return [name, difference / Math.max(size, 1e-3)];
    }),
  );
}
process.stdout.write(JSON.stringify(errors));
