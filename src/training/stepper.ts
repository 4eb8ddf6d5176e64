/** @file Runs a phase's programs in a worker thread, which also keeps the trained parameters and updates them. */
import type { Tensor } from '../graph/tensor.js';
import type { Device } from '../runtime/device.js';
import { moving, startThread, type Thread, type ThreadApi } from '../runtime/thread.js';
import type { Momentum } from './methods.js';
import type { OptimiserConfig, OptimiserState } from './optimisers.js';
import type { Program, StepProgram } from './program.js';

export interface StepBatch {
  /** uint8 [n,H,W,3] */
  readonly images: Uint8Array;
  /** [n,K] */
  readonly targets: Float32Array;
  /** [n]: how much each sample counts; the loss is Σ weightᵢ lossᵢ. */
  readonly weights: Float32Array;
  readonly size: number;
  /** Images of this epoch before it, which cumulative averages weigh it against; 0 by default. */
  readonly seen?: number;
}

/** Everything a phase has changed so far: enough to go on to the same bits. */
export interface Snapshot {
  /** Current values of the trained parameters and of moving statistics. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly optimiser: ReadonlyMap<string, OptimiserState>;
}

export interface StepperOptions {
  /** One for frozen statistics; with batch statistics one per size of batch that occurs. */
  readonly steps: readonly StepProgram[];
  readonly evaluation: Program;
  readonly optimiser: OptimiserConfig;
  /** Of the moving statistics; default: what the network says. */
  readonly momentum?: Momentum;
  /** Values to start from: all of the evaluation's and the step's fed parameters. */
  readonly snapshot: Snapshot;
  readonly dropout: number;
  readonly features: number;
  readonly outputs: number;
  readonly imageShape: readonly [height: number, width: number];
  /** ONNX Runtime's threads; 0 means one per core. */
  readonly threads: number;
  /** `cpu` by default. The programs must be written for it. */
  readonly device?: Device;
}

export interface StepResult {
  readonly loss: number;
  /** [n,K] */
  readonly logits: Float32Array;
}

export interface StepperThread extends ThreadApi {
  load(options: StepperOptions): Promise<void>;
  /** One update of the parameters. `maskSeed` says which dropout mask. */
  step(batch: StepBatch, rate: number, maskSeed: readonly number[]): Promise<StepResult>;
  /** Logits [n,K] of images uint8 [n,H,W,3], with the current parameters. */
  evaluate(images: Uint8Array, size: number): Promise<Float32Array>;
  snapshot(): Promise<Snapshot>;
}

/** Starts the worker and loads the programs; their bytes are moved there. */
export async function createStepper(options: StepperOptions): Promise<Thread<StepperThread>> {
  const thread = startThread<StepperThread>(import.meta.url);
  const { steps, evaluation } = options;
  try {
    await thread.call.load(
      moving(
        options,
        [...steps, evaluation].map(({ model }) => model.buffer as ArrayBuffer),
      ),
    );
    return thread;
  } catch (error) {
    await thread.close();
    throw error;
  }
}
