import { describe, expect, test } from 'vitest';
import { parametersOf } from '../../src/models/classifier.js';
import { initialHead } from '../../src/models/head.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { Random } from '../../src/random.js';
import type { Task } from '../../src/task.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';
import type { BatchSource, TrainingBatch } from '../../src/training/loop.js';
import type { TrainingState } from '../../src/training/state.js';
import { fit } from '../../src/training/trainer.js';
import { smallNetwork } from '../small-network.js';
import { fitOptions } from './fit-options.js';

const SIZE = 12;
const PIXELS = SIZE * SIZE * 3;

/** Noise, brighter in the class's own channel: learnable, but not at once. */
function source(count: number, batch: number, classes: number, seed: number): BatchSource {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const images = labels.map((label) =>
    Uint8Array.from({ length: PIXELS }, (_, i) => random.integer(0, 200) + (i % 3 === label ? 40 : 0)),
  );
  const outputs = classes === 2 ? 1 : classes;
  return {
    size: count,
    batches: Math.ceil(count / batch),
    statistics: () => ({ waitedSeconds: 0 }),
    async *epoch(epoch, { fromBatch = 0 } = {}) {
      const order = labels.map((_, i) => (i * 7 + epoch) % count);
      for (let at = fromBatch * batch; at < count; at += batch) {
        const indices = Int32Array.from(order.slice(at, at + batch));
        const result: TrainingBatch = {
          size: indices.length,
          indices,
          images: Buffer.concat([...indices].map((i) => images[i])),
          targets: Float32Array.from([...indices].flatMap((i) => target(labels[i], outputs))),
        };
        yield result;
      }
    },
  };
}

const target = (label: number, outputs: number): number[] =>
  outputs === 1 ? [label] : Array.from({ length: outputs }, (_, k) => Number(k === label));

function setUp(task: Task = 'binary', batch = 10) {
  const classes = task === 'binary' ? ['no', 'yes'] : ['a', 'b', 'c'];
  const network = smallNetwork();
  const classifier = {
    network,
    head: initialHead(network.features, task === 'binary' ? 1 : 3, 5),
    preprocessing: preprocessings.unit,
    height: SIZE,
    width: SIZE,
    task,
    classes,
  };
  const data = {
    train: source(47, batch, classes.length, 1),
    validation: source(30, batch, classes.length, 2),
  };
  return { classifier, data };
}

/** Everything about a state that a rerun must repeat to the bit. */
function bits({ weights, history }: TrainingState) {
  const names = [...weights.keys()].sort();
  return {
    weights: names.map((name) => [
      name,
      Buffer.from((weights.get(name)!.data as Float32Array).buffer).toString('hex'),
    ]),
    history: history.map(({ seconds: _, imagesPerSecond: __, waitedFraction: ___, ...rest }) => rest),
  };
}

describe('fit', () => {
  test.each([
    'head@1e-2x2',
    'scale@1e-2x2',
    'centre+head@1e-2x1',
    'kernels@1e-3x1',
    'head@1e-2x1,all@1e-3x2',
  ])('with %s changes what it trains and nothing else', async (method) => {
    const { classifier, data } = setUp();
    const before = new Map(parametersOf(classifier).map((p) => [p.name, p.tensor.data.slice()]));
    const { state } = await fit(classifier, data, fitOptions(method));
    const trained = new Set(fitOptions(method).phases.flatMap(({ trains }) => trains));
    for (const { name, role, tensor } of parametersOf(classifier)) {
      expect(tensor.data, `${name}: the original is never written to`).toEqual(before.get(name));
      if (trained.has(role)) expect(state.weights.get(name)!.data, name).not.toEqual(before.get(name));
      else expect(state.weights.has(name), name).toBe(false);
    }
  });

  test('learns, for each kind of task', async () => {
    for (const task of ['binary', 'multi-class'] as const) {
      const { classifier, data } = setUp(task);
      const { state } = await fit(classifier, data, fitOptions('scale+centre+head@3e-2x12', { dropout: 0 }));
      const [first, last] = [state.history[0], state.history.at(-1)!];
      expect(last.trainLoss, task).toBeLessThan(first.trainLoss * 0.8);
      expect(last.validationAuc, task).toBeGreaterThan(0.9);
    }
  });

  test('repeats bit for bit with the same seed, however many threads, and not with another seed', async () => {
    const run = async (seed: number, threads = 1) => {
      const { classifier, data } = setUp();
      const fitting = fitOptions('head@1e-2x1,bn+head@1e-2x2', { seed, threads });
      return bits((await fit(classifier, data, fitting)).state);
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect(await run(3, 3)).toEqual(first);
    expect((await run(4)).weights).not.toEqual(first.weights);
  });

  test('resumes from every saved state to the same bits', async () => {
    const { classifier, data } = setUp();
    const fitting = fitOptions('head@1e-2x2,bn+head@1e-2x2');
    const saved: Uint8Array[] = [];
    const whole = await fit(classifier, data, fitting, {
      everySeconds: 0,
      save: async (state) => {
        saved.push(encodeCheckpoint(state, 'same'));
      },
    });
    expect(saved.length).toBeGreaterThan(20);
    for (const checkpoint of saved.filter((_, i) => i % 3 === 0)) {
      const resumed = await fit(classifier, data, fitting, {}, decodeCheckpoint(checkpoint, 'x', 'same'));
      expect(bits(resumed.state)).toEqual(bits(whole.state));
    }
  });

  test('stops after the step in which the signal came, and can go on', async () => {
    const { classifier, data } = setUp();
    const fitting = fitOptions('head@1e-2x2,bn+head@1e-2x1');
    const whole = await fit(classifier, data, fitting);
    const controller = new AbortController();
    let steps = 0;
    let kept: TrainingState | undefined;
    const stopped = await fit(classifier, data, fitting, {
      signal: controller.signal,
      onStep: () => {
        if (++steps === 7) controller.abort();
      },
      save: async (state) => {
        kept = decodeCheckpoint(encodeCheckpoint(state, ''), '', '');
      },
    });
    expect(stopped.finished).toBe(false);
    expect(steps).toBe(7);
    const resumed = await fit(classifier, data, fitting, {}, kept);
    expect(resumed.finished).toBe(true);
    expect(bits(resumed.state)).toEqual(bits(whole.state));
  });

  test('the result is the best epoch, not the last', async () => {
    const { classifier, data } = setUp();
    const values: Uint8Array[] = [];
    const { state } = await fit(
      classifier,
      data,
      fitOptions('bn+head@0.3x8', { patience: 3, schedule: { name: 'constant' } }),
      { save: async (s) => void values.push(encodeCheckpoint({ ...s, phase: 0 }, '')) },
    );
    const bestEpoch = state.history.findLastIndex(({ best }) => best);
    const losses = state.history.map(({ validationLoss }) => validationLoss);
    expect(losses[bestEpoch]).toBe(Math.min(...losses));
    const atBest = decodeCheckpoint(values[bestEpoch], '', '').weights;
    for (const [name, tensor] of atBest) expect(state.weights.get(name)!.data).toEqual(tensor.data);
  });

  test('says so when the loss is no longer a number', async () => {
    const { classifier, data } = setUp();
    const diverging = fitOptions('all@1e30x3', { optimiser: { name: 'sgd' } });
    await expect(fit(classifier, data, diverging)).rejects.toMatchObject({ code: 'loss-not-finite' });
  });

  test('class weights change what is learned', async () => {
    const { classifier, data } = setUp();
    const plain = await fit(classifier, data, fitOptions('head@1e-2x1'));
    const weighted = await fit(classifier, data, fitOptions('head@1e-2x1', { classWeights: [1, 10] }));
    const bias = (state: TrainingState) => state.weights.get('transfuse.head.bias')!.data[0] as number;
    expect(bias(weighted.state)).toBeGreaterThan(bias(plain.state));
  });
});
