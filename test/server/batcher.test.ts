import { expect, test } from 'vitest';
import { createBatcher } from '../../src/server/batcher.js';
import type { Engine, EngineInput } from '../../src/server/engine.js';

const input = (n: number): EngineInput => ({ pixels: Uint8Array.of(n), affine: Float32Array.of(n) });

/** An engine that answers with what it was given, when it is told to. */
function engine(most: number) {
  const runs: number[][] = [];
  const finish: (() => void)[] = [];
  const held: Engine = {
    most,
    run: (inputs) => {
      runs.push(inputs.map(({ pixels }) => pixels[0]!));
      return new Promise((resolve) => {
        finish.push(() => resolve(inputs.map(({ affine }) => affine as Float32Array)));
      });
    },
    close: async () => {},
  };
  return { held, runs, finishNext: () => finish.shift()!() };
}

const moment = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

test('images are gathered while a core is busy, in the order in which they came', async () => {
  const { held, runs, finishNext } = engine(3);
  const batcher = createBatcher({ runs: 1, windowMs: 0 });
  const asked = [1, 2, 3, 4, 5, 6].map((n) => batcher.features(held, input(n)));
  expect(runs).toEqual([[1]]);
  finishNext();
  await moment();
  expect(runs).toEqual([[1], [2, 3, 4]]);
  expect(batcher.pending).toBe(5);
  finishNext();
  await moment();
  finishNext();
  expect((await Promise.all(asked)).map(([n]) => n)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(runs.at(-1)).toEqual([5, 6]);
  expect(batcher.pending).toBe(0);
});

test('a lone image waits no longer than the window, and a full run does not wait', async () => {
  const { held, runs, finishNext } = engine(2);
  const batcher = createBatcher({ runs: 2, windowMs: 60 });
  void batcher.features(held, input(1));
  expect(runs).toEqual([]);
  void batcher.features(held, input(2));
  expect(runs).toEqual([[1, 2]]);
  void batcher.features(held, input(3));
  await moment(20);
  expect(runs).toHaveLength(1);
  await moment(200);
  expect(runs).toEqual([[1, 2], [3]]);
  finishNext();
  finishNext();
});

test('engines take turns by who has waited longest; what nobody waits for is dropped; a failure is its run’s alone', async () => {
  const [a, b] = [engine(2), engine(2)];
  const batcher = createBatcher({ runs: 1, windowMs: 0 });
  const gone = new AbortController();
  const first = batcher.features(a.held, input(1));
  const dropped = batcher.features(a.held, input(2), gone.signal);
  const other = batcher.features(b.held, input(3));
  gone.abort(new Error('gone'));
  a.finishNext();
  await expect(first).resolves.toEqual(Float32Array.of(1));
  await expect(dropped).rejects.toThrow('gone');
  await moment();
  expect(a.runs).toEqual([[1]]);
  expect(b.runs).toEqual([[3]]);
  b.finishNext();
  await other;

  const broken: Engine = {
    most: 1,
    run: () => Promise.reject(new Error('lane died')),
    close: async () => {},
  };
  await expect(batcher.features(broken, input(4))).rejects.toThrow('lane died');
  const after = batcher.features(a.held, input(5));
  a.finishNext();
  await expect(after).resolves.toEqual(Float32Array.of(5));
});
