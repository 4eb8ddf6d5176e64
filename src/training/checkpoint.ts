/** @file A training state as one file, replaced atomically: killed at any moment, the last complete one is there. */
import { TransfuseError } from '../errors.js';
import { float32, type Tensor } from '../graph/tensor.js';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '../weights/safetensors.js';
import type { OptimiserState } from './optimisers.js';
import type { TrainingState } from './state.js';

const FORMAT = 'transfuse-checkpoint-1';

/**
 * The bytes of a checkpoint.
 * @param fingerprint of everything that must be equal for resuming to make sense: data, network, options
 */
export function encodeCheckpoint(state: TrainingState, fingerprint: string): Uint8Array {
  const { weights, best, optimiser, ...plain } = state;
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of weights) tensors.set(`weights/${name}`, tensor);
  for (const [name, tensor] of best ?? []) tensors.set(`best/${name}`, tensor);
  const steps: Record<string, number> = {};
  for (const [name, { slots, step }] of optimiser) {
    steps[name] = step;
    slots.forEach((slot, i) => {
      tensors.set(`optimiser/${i}/${name}`, float32(slot));
    });
  }
  const position = JSON.stringify({ ...plain, hasBest: best !== undefined, steps });
  return encodeSafetensors({ tensors, metadata: { format: FORMAT, fingerprint, state: position } });
}

/**
 * @param source the file's name, for messages
 * @throws TransfuseError `bad-checkpoint`, or `checkpoint-mismatch` where it was written under another fingerprint
 */
export function decodeCheckpoint(file: Uint8Array, source: string, fingerprint: string): TrainingState {
  const { tensors, metadata } = readTensors(file, source);
  if (metadata.format !== FORMAT) {
    throw bad(`${source} is not a checkpoint of this version of Transfuse`);
  }
  if (metadata.fingerprint !== fingerprint) {
    throw new TransfuseError(
      'checkpoint-mismatch',
      `${source} belongs to a run with other images, another model or other options; resume with the same ones, or choose another --out`,
    );
  }
  const { hasBest, steps, ...plain } = readState(metadata.state, source);
  const under = (prefix: string): Map<string, Tensor> =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  const optimiser = new Map<string, OptimiserState>();
  for (const [name, step] of Object.entries<number>(steps)) {
    const slots: Float32Array[] = [];
    for (let slot: Tensor | undefined; (slot = tensors.get(`optimiser/${slots.length}/${name}`)); ) {
      slots.push(slot.data as Float32Array);
    }
    optimiser.set(name, { slots, step });
  }
  return { ...plain, weights: under('weights/'), best: hasBest ? under('best/') : undefined, optimiser };
}

function readTensors(file: Uint8Array, source: string): Safetensors {
  try {
    return decodeSafetensors(file, source);
  } catch (error) {
    throw bad((error as Error).message, error);
  }
}

type PlainState = Omit<TrainingState, 'weights' | 'best' | 'optimiser'>;

function readState(
  json: string,
  source: string,
): PlainState & { hasBest: boolean; steps: Record<string, number> } {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw bad(`${source} is damaged: its state is not JSON`, error);
  }
}

function bad(why: string, cause?: unknown): TransfuseError {
  return new TransfuseError('bad-checkpoint', `${why}; delete it, and --resume begins anew`, { cause });
}
