/** @file Runs a phase's programs in a worker thread, which also keeps the trained parameters and updates them. */
import { clearModelFilesAtExit } from '../runtime/model-files.js';
import { moving, startThread, type ThreadApi } from '../runtime/thread.js';
import type { Program } from './program.js';
import { bytesOf, programsOf, type RunningStepper, type Stepper, type StepperOptions } from './stepping.js';

export interface StepperThread extends ThreadApi, Stepper {
  load(options: StepperOptions): Promise<void>;
}

/** Starts the worker and loads the programs; their bytes are moved there. */
export async function createStepper(options: StepperOptions): Promise<RunningStepper> {
  clearModelFilesAtExit();
  const { call, close } = startThread<StepperThread>(import.meta.url);
  const programs = programsOf<Program>(options);
  try {
    await call.load(
      moving(
        options,
        programs.flatMap(bytesOf).map(({ buffer }) => buffer as ArrayBuffer),
      ),
    );
    const { step, evaluate, screen, features, snapshot } = call;
    return { step, evaluate, screen, features, snapshot, close };
  } catch (error) {
    await close();
    throw error;
  }
}
