/** @file Runs a phase's programs in a worker thread, which also keeps the trained parameters and updates them. */
import { moving, startThread, type ThreadApi } from '../runtime/thread.js';
import type { RunningStepper, Stepper, StepperOptions } from './stepping.js';

export interface StepperThread extends ThreadApi, Stepper {
  load(options: StepperOptions): Promise<void>;
}

/** Starts the worker and loads the programs; their bytes are moved there. */
export async function createStepper(options: StepperOptions): Promise<RunningStepper> {
  const { call, close } = startThread<StepperThread>(import.meta.url);
  const { steps, evaluation } = options;
  try {
    await call.load(
      moving(
        options,
        [...steps, evaluation].map(({ model }) => model.buffer as ArrayBuffer),
      ),
    );
    return { step: call.step, evaluate: call.evaluate, snapshot: call.snapshot, close };
  } catch (error) {
    await close();
    throw error;
  }
}
