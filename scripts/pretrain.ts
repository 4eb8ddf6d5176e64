/**
 * @file Pre-trains the built-in network from random weights on generated pictures and writes its weights to assets/.
 * Everything is seeded; stopped at any moment, it goes on from its last checkpoint when started again.
 *
 *     node --import ./scripts/register-typescript.mjs scripts/pretrain.ts [--epochs 30] [--out assets/petri.safetensors] [--checkpoint petri.checkpoint]
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/files/atomic.js';
import type { Tensor } from '../src/graph/tensor.js';
import type { Classifier } from '../src/models/classifier.js';
import { initialHead } from '../src/models/head.js';
import { BUILTIN_NAME, builtinPreprocessing, initialBuiltin } from '../src/models/petri.js';
import { pretrainingClasses } from '../src/pictures/textures/classes.js';
import { decodeCheckpoint, encodeCheckpoint } from '../src/training/checkpoint.js';
import type { FitOptions, StepProgress } from '../src/training/loop.js';
import { roleGroups } from '../src/training/methods.js';
import type { EpochRecord, TrainingState } from '../src/training/state.js';
import { fit } from '../src/training/trainer.js';
import { encodeSafetensors } from '../src/weights/safetensors.js';
import { pictureBatches } from './picture-batches.js';

const { values: given } = parseArgs({
  options: {
    epochs: { type: 'string', default: '30' },
    out: { type: 'string', default: `assets/${BUILTIN_NAME}.safetensors` },
    checkpoint: { type: 'string', default: `${BUILTIN_NAME}.checkpoint` },
  },
});

const SEED = 20210707;
const BATCH = 32;
/** Smaller than the pictures it will see: what counts is how many it gets to see. */
const SIZE = 48;
/** Pictures are never shown twice; an epoch is only how often we look at the validation pictures. */
const BATCHES_PER_EPOCH = 200;
const VALIDATION_BATCHES = 30;

const network = initialBuiltin(SEED);
const classifier: Classifier = {
  network,
  head: initialHead(network.features, pretrainingClasses.length, SEED),
  preprocessing: builtinPreprocessing,
  height: SIZE,
  width: SIZE,
  task: 'multi-class',
  classes: pretrainingClasses,
};
const epochs = Number(given.epochs);
const options: FitOptions = {
  phases: [{ name: 'pre-training', trains: roleGroups.all, learningRate: 1e-3, epochs, statistics: 'batch' }],
  batch: BATCH,
  optimiser: { name: 'adamw', weightDecay: 0.05 },
  schedule: { name: 'one-cycle', rise: 0.1 },
  patience: Number.POSITIVE_INFINITY,
  seed: SEED,
  dropout: 0,
  // One for the network, one for drawing: faster together than two threads that wait for each other.
  threads: 1,
};
const fingerprint = JSON.stringify([options, BATCHES_PER_EPOCH, SIZE, pretrainingClasses]);

const pictures = { batch: BATCH, size: SIZE };
const train = pictureBatches({ ...pictures, batches: BATCHES_PER_EPOCH, seed: SEED, threads: 1 });
const validation = pictureBatches({
  ...pictures,
  batches: VALIDATION_BATCHES,
  seed: SEED + 1,
  threads: 1,
  fixed: true,
});

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const { state, finished } = await fit(
  classifier,
  { train, validation },
  options,
  { onStep: showStep, onEpoch: showEpoch, save, everySeconds: 120, signal: stop.signal },
  await lastCheckpoint(),
);
await Promise.all([train.close(), validation.close()]);
if (finished) await writeWeights(state);
else console.log(`stopped; started again, it goes on from ${given.checkpoint}`);

function showStep({ epoch, step, steps, loss, imagesPerSecond }: StepProgress) {
  if (step % 50 !== 0) return;
  console.log(
    `epoch ${epoch} step ${step}/${steps} loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(0)} images/s`,
  );
}

function showEpoch(record: EpochRecord): void {
  const { epoch, trainLoss, validationLoss, validationAccuracy, seconds, waitedFraction } = record;
  console.log(
    `epoch ${epoch}/${epochs}: training loss ${trainLoss.toFixed(3)}, validation loss ${validationLoss.toFixed(3)}, ` +
      `accuracy ${validationAccuracy?.toFixed(3)}, ${seconds.toFixed(0)} s, ${(100 * waitedFraction).toFixed(0)} % waiting`,
  );
}

async function save(state: TrainingState): Promise<void> {
  await writeFileAtomic(given.checkpoint, encodeCheckpoint(state, fingerprint));
}

async function lastCheckpoint(): Promise<TrainingState | undefined> {
  if (!existsSync(given.checkpoint)) return undefined;
  return decodeCheckpoint(await readFile(given.checkpoint), given.checkpoint, fingerprint);
}

/** The network without its head, which belongs to the pictures. */
async function writeWeights({ weights, history }: TrainingState): Promise<void> {
  const tensors = new Map<string, Tensor>(network.parameters.map(({ name }) => [name, weights.get(name)!]));
  const best = history.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  const metadata = {
    format: 'pt',
    network: BUILTIN_NAME,
    'trained-on': `${best.epoch * BATCHES_PER_EPOCH * BATCH} generated pictures of ${pretrainingClasses.length} classes at ${SIZE}×${SIZE}`,
    'validation-accuracy': String(best.validationAccuracy?.toFixed(4)),
  };
  const file = encodeSafetensors({ tensors, metadata });
  await writeFileAtomic(given.out, file);
  await rm(given.checkpoint, { force: true });
  console.log(`wrote ${given.out}, ${(file.length / 1e6).toFixed(2)} MB`);
}
