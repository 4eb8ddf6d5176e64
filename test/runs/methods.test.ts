/** @file Whole runs of methods that draw weights, move averages, or adapt: what they leave can be used like any other. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decodeAdapter } from '../../src/adapter/adapter.js';
import { evaluate } from '../../src/runs/evaluate.js';
import { exportModel } from '../../src/runs/export.js';
import { parseTrainOptions, type TrainOptionsInput } from '../../src/runs/options.js';
import { planPhases } from '../../src/runs/plan.js';
import { predict } from '../../src/runs/predict.js';
import { type TrainHooks, train } from '../../src/runs/train.js';
import { contents, folderForTests, refusal, smallOnnx, writeImages } from './example-run.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);

const options: TrainOptionsInput = { model: at('small.onnx'), size: 24, batch: 8, epochs: 1, threads: 1 };
const kept = ['adapter.safetensors', 'metrics.json', 'predictions-test.csv', 'predictions-validation.csv'];

const trained = (out: string, more: TrainOptionsInput, hooks: TrainHooks = {}) =>
  train(at('pets'), { ...options, ...more, out: at(out) }, hooks);

const adapterOf = async (run: string) => {
  const file = at(run, 'adapter.safetensors');
  return decodeAdapter(await readFile(file), file);
};

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'), { each: 12 });
  await writeImages(at('others'), { each: 9, seed: 2 });
});

test('from random weights with moving averages: a small adapter from which all can be done again', async () => {
  const method = 'rnd-bn-and-fc-bma';
  const { metrics, plan } = await trained('random', { method });
  expect(plan.phases).toMatchObject([{ statistics: 'batch', momentum: 0.99 }]);
  const { base, weights } = await adapterOf('random');
  expect(base.drawn).toEqual({ start: 'random', seed: 0 });
  expect([...weights.keys()].filter((name) => name.endsWith('kernel'))).toEqual(['transfuse.head.kernel']);

  expect((await evaluate(at('random'), at('pets'))).n).toBe(24);
  const { predictions } = await predict(at('random'), [at('pets')]);
  const written = contents(at('random'))['predictions-test.csv']!.trim().split('\n').slice(1);
  expect(written).toHaveLength(metrics.test!.n);
  for (const line of written) {
    const [image, , , , probability] = line.split(',');
    const same = predictions.find((prediction) => prediction.image.endsWith(image!))!;
    expect(same.probabilities[1]).toBeCloseTo(Number(probability), 5);
  }
  expect(await exportModel(at('random'), at('random.onnx'))).toBeGreaterThan(3000);

  const stop = new AbortController();
  const onStep: TrainHooks['onStep'] = ({ epoch, step }) => epoch === 1 && step === 1 && stop.abort();
  const first = await trained('stopped', { method }, { onStep, signal: stop.signal });
  expect(first.finished).toBe(false);
  expect((await train(undefined, { resume: true, out: at('stopped') })).finished).toBe(true);
  for (const name of kept)
    expect(contents(at('stopped'))[name] === contents(at('random'))[name], name).toBe(true);
});

test('--start decides above the method', async () => {
  const hashOf = async (out: string, more: TrainOptionsInput) => {
    await trained(out, { epochs: 1, ...more });
    return (await adapterOf(out)).base;
  };
  const random = (await adapterOf('random')).base;
  const own = await hashOf('own', { method: 'rnd-bn-and-fc', start: 'pretrained' });
  expect(own.drawn).toBeUndefined();
  const moments = await hashOf('moments', { method: 'bn-and-fc', start: 'mean-variance' });
  expect(moments.drawn).toEqual({ start: 'mean-variance', seed: 0 });
  expect(new Set([random, own, moments].map(({ sha256 }) => sha256)).size).toBe(3);
});

test('an architecture with random weights needs no file', async () => {
  const model = 'mobilenet-0.25';
  await trained('architecture', { model, size: 32, epochs: 1, method: 'rnd-bn-and-fc' });
  const { base } = await adapterOf('architecture');
  expect(base).toMatchObject({ source: model, drawn: { start: 'random' } });
  expect((await predict(at('architecture', 'adapter.safetensors'), [at('others')])).predictions).toHaveLength(
    18,
  );
});

test('--bn-momentum changes moving averages and nothing else', async () => {
  const averages = async (out: string, momentum?: number) => {
    const { plan } = await trained(out, { method: 'fc-bma', epochs: 1, 'bn-momentum': momentum });
    const { weights } = await adapterOf(out);
    return { momentum: plan.phases[0]!.momentum, mean: [...weights.get('stem.bn.mean')!.data].map(Number) };
  };
  const [published, quick] = [await averages('bma'), await averages('bma-quick', 0.5)];
  expect([published.momentum, quick.momentum]).toEqual([0.95, 0.5]);
  expect(quick.mean).not.toEqual(published.mean);
  const frozen = parseTrainOptions({ method: 'fc', 'bn-momentum': 0.5 });
  expect(planPhases(frozen)[0]).not.toHaveProperty('momentum');
});

test('a run adapted to other images is an adapter of its own, and repeats', async () => {
  for (const adapt of ['adabn', 'tent'] as const) {
    let total = 0;
    const onAdapt = (done: number, of: number) => {
      expect(done).toBeLessThanOrEqual(of);
      total = of;
    };
    const adapted = await evaluate(at('bma'), at('others'), { adapt, out: at(adapt), batch: 8 }, { onAdapt });
    expect(total).toBe(adapt === 'tent' ? 36 : 18);
    const again = await evaluate(at(adapt, 'adapter.safetensors'), at('others'), { model: at('small.onnx') });
    expect(again.loss).toBe(adapted.loss);
    expect(again.loss).not.toBe((await evaluate(at('bma'), at('others'))).loss);
    expect((await adapterOf(adapt)).method).toBe(`fc-bma, then ${adapt}`);
    const { predictions } = await predict(at('bma'), [at('others')], { adapt, batch: 8 });
    const [first] = (
      await predict(at(adapt, 'adapter.safetensors'), [at('others')], { model: at('small.onnx') })
    ).predictions;
    expect(predictions[0]).toEqual(first);
  }
});

test('what cannot be adapted is refused in one line', async () => {
  const single = at('others', 'cat', 'cat-0.png');
  expect(await refusal(predict(at('bma'), [single], { adapt: 'adabn' }))).toMatchObject({
    code: 'too-few-images',
    message: expect.stringContaining('only one'),
  });
  const into = refusal(evaluate(at('bma'), at('others'), { adapt: 'tent', out: at('own') }));
  expect(await into).toMatchObject({ code: 'would-overwrite' });
  expect(await refusal(predict(at('bma'), [single], { adapt: 'bn' as 'tent' }))).toMatchObject({
    message: expect.stringContaining('adabn, tent'),
  });
});
