/** @file Several updaters side by side, each for some of the parameters, where whole networks train. */
import { moving, startThread, type ThreadApi } from '../runtime/thread.js';
import type { Gradients, Updater, UpdaterOptions } from './updater.js';

export interface UpdaterThread extends ThreadApi, Updater {
  load(options: UpdaterOptions): Promise<void>;
}

/**
 * Starts threads that end with this one.
 * @param options its parameters in memory that threads share
 */
export async function startUpdaters(options: UpdaterOptions, count: number): Promise<Updater> {
  const shares = shared(options, count);
  const threads = shares.map(() => startThread<UpdaterThread>(import.meta.url).call);
  await Promise.all(threads.map((thread, i) => thread.load(shareOf(options, shares[i]!))));
  return {
    async add(gradients, isFirst) {
      const parts = shares.map((names) => pick(gradients, names));
      await Promise.all(threads.map((thread, i) => thread.add(movingAll(parts[i]!), isFirst)));
    },

    async update(rate) {
      await Promise.all(threads.map((thread) => thread.update(rate)));
    },

    async states() {
      const states = await Promise.all(threads.map((thread) => thread.states()));
      return new Map(states.flatMap((part) => [...part]));
    },
  };
}

/** Names of trained parameters in groups of about as many numbers: the largest first, each to the smallest group. */
function shared({ parameters, trained }: UpdaterOptions, count: number): string[][] {
  const size = (name: string) => parameters.get(name)!.data.length;
  const groups = Array.from({ length: count }, () => ({ size: 0, names: [] as string[] }));
  for (const name of trained.toSorted((a, b) => size(b) - size(a))) {
    const smallest = groups.reduce((least, group) => (group.size < least.size ? group : least));
    smallest.size += size(name);
    smallest.names.push(name);
  }
  return groups.map(({ names }) => names);
}

function shareOf(
  { optimiser, parameters, before }: UpdaterOptions,
  names: readonly string[],
): UpdaterOptions {
  return { optimiser, trained: names, parameters: pick(parameters, names), before: pick(before, names) };
}

function pick<Item>(map: ReadonlyMap<string, Item>, names: readonly string[]): Map<string, Item> {
  return new Map(names.flatMap((name) => (map.has(name) ? [[name, map.get(name)!] as const] : [])));
}

function movingAll(gradients: Gradients): Gradients {
  return moving(
    gradients,
    [...gradients.values()].map(({ buffer }) => buffer as ArrayBuffer),
  );
}
