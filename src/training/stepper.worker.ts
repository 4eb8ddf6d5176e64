/** @file The other side of stepper.ts. */
import { availableParallelism } from 'node:os';
import { internal } from '../errors.js';
import { discard } from '../runtime/discard.js';
import { shareTensor, startLanes } from '../runtime/lanes.js';
import { createSession } from '../runtime/session.js';
import { moving, serveThread } from '../runtime/thread.js';
import type { Program } from './program.js';
import { proveDevice } from './prove-device.js';
import type { StepperThread } from './stepper.js';
import {
  bytesOf,
  createStepping,
  programsOf,
  type Stepper,
  updaterOptions,
  withoutModels,
} from './stepping.js';
import { createUpdater, type Updater, type UpdaterOptions } from './updater.js';
import { startUpdaters } from './updater-threads.js';

let loaded: Stepper | undefined;

serveThread<StepperThread>({
  async load(options) {
    const { steps, snapshot, threads, device = 'cpu' } = options;
    // In memory that the lanes share, and changed only while they rest.
    const parameters = new Map([...snapshot.parameters].map(([name, tensor]) => [name, shareTensor(tensor)]));
    const programs = programsOf<Program>(options);
    const most = Math.max(...steps.map(({ parts }) => parts));
    const trial = device === 'cpu' ? undefined : steps[0]!.model.slice();
    const lanes = await startLanes(programs, { threads, most, device, shared: parameters });
    if (trial) await proveDevice(lanes, options, () => createSession(trial, { threads }));
    discard(...programs.flatMap(bytesOf));
    const updater = await updaterFor(updaterOptions(options, parameters), threads);
    loaded = createStepping(withoutModels(options, parameters), lanes, updater);
  },

  async step(batch, rate, maskSeed) {
    const result = await current().step(batch, rate, maskSeed);
    return moving(result, [result.logits.buffer as ArrayBuffer]);
  },

  async evaluate(images, size) {
    const logits = await current().evaluate(images, size);
    return moving(logits, [logits.buffer as ArrayBuffer]);
  },

  async screen(images, size) {
    const logits = await current().screen(images, size);
    return moving(logits, [logits.buffer as ArrayBuffer]);
  },

  async features(images, size) {
    const features = await current().features(images, size);
    return moving(features, [features.buffer as ArrayBuffer]);
  },

  snapshot: () => current().snapshot(),
});

/** Numbers for each of which it takes about 10 ns to be updated: more, and one thread would be waited for. */
const NUMBERS_PER_UPDATER = 1e6;

/** They wait for memory then, and not for a core. */
const MOST_UPDATERS = 4;

function updaterFor(options: UpdaterOptions, threads: number): Promise<Updater> | Updater {
  const numbers = options.trained.reduce((sum, name) => sum + options.parameters.get(name)!.data.length, 0);
  const most = Math.min(threads || availableParallelism(), MOST_UPDATERS);
  const count = Math.min(most, Math.floor(numbers / NUMBERS_PER_UPDATER));
  return count > 1 ? startUpdaters(options, count) : createUpdater(options);
}

function current(): Stepper {
  if (!loaded) throw internal('the stepper is used before it is loaded');
  return loaded;
}
