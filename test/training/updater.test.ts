import { describe, expect, test } from 'vitest';
import { float32, type Tensor } from '../../src/graph/tensor.js';
import { Random } from '../../src/random.js';
import { shareTensor } from '../../src/runtime/lanes.js';
import type { OptimiserState } from '../../src/training/optimisers.js';
import { createUpdater, type Updater, type UpdaterOptions } from '../../src/training/updater.js';
import { startUpdaters } from '../../src/training/updater-threads.js';

const sizes: Record<string, number> = { kernel: 100_000, scale: 7, centre: 7, other: 70_000, frozen: 3 };
const trained = ['kernel', 'scale', 'centre', 'other'];

const numbers = (size: number, random: Random): Float32Array =>
  Float32Array.from({ length: size }, () => random.between(-1, 1));

function start(): Map<string, Tensor> {
  const random = new Random(1);
  return new Map(
    Object.entries(sizes).map(([name, size]) => [name, shareTensor(float32(numbers(size, random)))]),
  );
}

function optionsOf(
  parameters: Map<string, Tensor>,
  before: UpdaterOptions['before'] = new Map(),
): UpdaterOptions {
  return { optimiser: { name: 'adam' }, parameters, trained, before };
}

/** Three micro-batches to a step; the last parameter gets no gradient in the second step. */
async function train(updater: Updater, steps: readonly number[]): Promise<void> {
  for (const step of steps) {
    const names = trained.filter((name) => step !== 2 || name !== 'other');
    for (const part of [0, 1, 2]) {
      const random = new Random(10 * step + part);
      const gradients = names.map((name) => [name, numbers(sizes[name]!, random)] as const);
      await updater.add(new Map(gradients), part === 0);
    }
    await updater.update(0.01);
  }
}

const plain = (states: ReadonlyMap<string, OptimiserState>) =>
  new Map([...states].sort(([a], [b]) => a.localeCompare(b)));

describe('gradients added up and parameters updated', () => {
  test.each([1, 2, 3, 6])('by %i threads to the same bits as by this one', async (count) => {
    const [expected, found] = [start(), start()];
    const alone = createUpdater(optionsOf(expected));
    const threads = await startUpdaters(optionsOf(found), count);
    await Promise.all([alone, threads].map((updater) => train(updater, [1, 2, 3])));
    expect(found).toEqual(expected);
    expect(found.get('kernel')).not.toEqual(start().get('kernel'));
    expect(found.get('frozen')).toEqual(start().get('frozen'));
    expect(plain(await threads.states())).toEqual(plain(await alone.states()));
  });

  test('from where another left off', async () => {
    const [expected, found] = [start(), start()];
    await train(createUpdater(optionsOf(expected)), [1, 2, 3, 4]);
    const first = await startUpdaters(optionsOf(found), 2);
    await train(first, [1, 2]);
    const second = await startUpdaters(optionsOf(found, await first.states()), 3);
    await train(second, [3, 4]);
    expect(found).toEqual(expected);
  });

  test('a step that was given up leaves nothing behind', async () => {
    const [expected, found] = [start(), start()];
    await train(createUpdater(optionsOf(expected)), [1]);
    const updater = createUpdater(optionsOf(found));
    await updater.add(new Map([['scale', new Float32Array(7).fill(9)]]), true);
    await train(updater, [1]);
    expect(found).toEqual(expected);
  });
});
