/** @file One thread of updater-threads.ts. */
import { internal } from '../errors.js';
import { serveThread } from '../runtime/thread.js';
import { createUpdater, type Updater } from './updater.js';
import type { UpdaterThread } from './updater-threads.js';

let loaded: Updater | undefined;

serveThread<UpdaterThread>({
  load: async (options) => {
    loaded = createUpdater(options);
  },
  add: (gradients, isFirst) => current().add(gradients, isFirst),
  update: (rate) => current().update(rate),
  states: () => current().states(),
});

function current(): Updater {
  if (!loaded) throw internal('the updater is used before it is loaded');
  return loaded;
}
