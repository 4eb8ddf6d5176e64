/** @file Our side of the benchmark: takes training steps when asked to, by the same code that trains. */
import { float32, sizeOf } from '../src/graph/tensor.js';
import { loadModel } from '../src/models/catalogue.js';
import { parametersOf } from '../src/models/classifier.js';
import { blockSize } from '../src/runtime/block-size.js';
import { trainedIn } from '../src/training/loop.js';
import { evaluationProgram, stepProgram } from '../src/training/program.js';
import { createStepper } from '../src/training/stepper.js';
import type { StepBatch } from '../src/training/stepping.js';
import type { Loaded, Probe, Steps } from './engine.js';
import { givenCase, readStepData, serveLines, timed } from './js-answers.js';
import { classifierOf, LEARNING_RATE, measuredMethods, type StepCase } from './step-case.js';

const BETA1 = 0.9;

/** A phase of training as the trainer starts it, evaluation program included, and its one batch. */
async function startTraining({ model, method, size, batch, threads, device, data }: StepCase) {
  const { images, targets, head } = await readStepData(data);
  const { network } = await loadModel(model);
  const kernel = float32(head, [network.features, 1]);
  const bias = float32(new Float32Array(1));
  const classifier = classifierOf(network, size, { kernel, bias });
  const parameters = new Map(parametersOf(classifier).map((parameter) => [parameter.name, parameter]));

  const phase = measuredMethods[method];
  const block = (device ?? 'cpu') === 'cpu' ? await blockSize() : 1;
  const target = { weights: new Map(), batch, device, block };
  const step = stepProgram(classifier, {
    trained: trainedIn(phase, classifier),
    statistics: phase.statistics,
    dropout: 0,
    ...target,
  });
  const stepper = await createStepper({
    steps: [step],
    evaluation: evaluationProgram(classifier, { fed: step.trained, ...target }),
    optimiser: { name: 'adam', beta1: BETA1 },
    snapshot: {
      parameters: new Map(step.trained.map((name) => [name, parameters.get(name)!.tensor])),
      optimiser: new Map(),
    },
    dropout: 0,
    features: network.features,
    outputs: 1,
    threads,
    device,
  });
  const stepBatch: StepBatch = {
    images: images,
    targets: targets,
    weights: new Float32Array(batch).fill(1 / batch),
    size: batch,
  };
  return {
    parameters,
    microBatch: step.microBatch,
    step: () => stepper.step(stepBatch, LEARNING_RATE, []),
    snapshot: () => stepper.snapshot(),
  };
}

const stepCase = givenCase();
let training: Awaited<ReturnType<typeof startTraining>>;

await serveLines({
  async load(): Promise<Loaded> {
    training = await startTraining(stepCase);
    return { microBatch: training.microBatch };
  },

  /** The gradient is had back from Adam's first moment, which is (1 − β₁) times it after the first step. */
  async probe(): Promise<Probe> {
    const { parameters, step, snapshot } = await startTraining(stepCase);
    const { loss } = await step();
    let squares = 0;
    let trained = 0;
    for (const [name, { slots }] of (await snapshot()).optimiser) {
      const { role, shape } = parameters.get(name)!;
      trained += sizeOf(shape);
      if (role === 'bn-scale') for (const moment of slots[0]) squares += (moment / (1 - BETA1)) ** 2;
    }
    return { loss, gradientNorm: Math.sqrt(squares), trained };
  },

  steps: ({ count }: { count: number }): Promise<Steps> => timed(count, () => training.step()),
});
