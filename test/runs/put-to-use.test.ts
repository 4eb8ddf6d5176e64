/** @file A finished run put to use: intervals by patient, subgroups, comparison, calibration, heatmaps, model card. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { estimateOf, type Metrics } from '../../src/metrics/index.js';
import { modelCard } from '../../src/runs/card.js';
import { compare } from '../../src/runs/compare.js';
import { evaluate } from '../../src/runs/evaluate.js';
import { exportModel } from '../../src/runs/export.js';
import { predict } from '../../src/runs/predict.js';
import { train } from '../../src/runs/train.js';
import { folderForTests, refusal, smallOnnx, writeImages } from './example-run.js';

const folder = folderForTests();
const at = (...names: string[]) => path.join(folder, ...names);
const images = at('images');
const quick = { model: at('small.onnx'), size: 32, epochs: 1, val: 0.25, test: 0.3, batch: 16, threads: 1 };
// cat-1 and cat-10 to cat-19 are one patient's.
const groups = { 'group-by': '((?:cat|dog).\\d)' };
const run = at('run');
let metrics: { readonly validation?: Metrics; readonly test?: Metrics };

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(images, { each: 24, seed: 3 });
  ({ metrics } = await train(images, { ...quick, ...groups, out: run }));
  const about = { intendedUse: 'A test of tests.' };
  await train(images, { ...quick, ...groups, out: at('other'), lr: 0.05, method: 'fc' }, { about });
});

describe('a run', () => {
  test('measures validation and test with intervals, points and temperature, and keeps them', () => {
    const kept = JSON.parse(readFileSync(path.join(run, 'metrics.json'), 'utf8')) as Record<string, Metrics>;
    expect(kept.test).toEqual(metrics.test);
    const { uncertainty, operatingPoints, calibrated } = kept.test;
    expect(uncertainty).toMatchObject({ unit: 'group', resamples: 2000, seed: 0 });
    expect(uncertainty!.units).toBeLessThan(kept.test.n);
    expect(operatingPoints!.map(({ threshold }) => threshold)).toEqual(
      kept.validation.operatingPoints!.map(({ threshold }) => threshold),
    );
    expect(calibrated!.temperature).toBe(kept.validation.calibrated!.temperature);
    expect(kept.validation.calibrated!.loss.value!).toBeLessThanOrEqual(kept.validation.loss! + 1e-6);
    expect(readFileSync(path.join(run, 'report.html'), 'utf8')).toContain('Operating points');
  });

  test('gives the same figures from its predictions as evaluate does', async () => {
    const { rows } = table(path.join(run, 'split.csv'));
    const list = rows.filter(([, split]) => split === 'test');
    writeFileSync(
      at('test.csv'),
      `path,label,sex\n${list.map(([id, , label], i) => `images/${id},${label},${i % 3 ? 'f' : 'm'}`).join('\n')}\n`,
    );
    const measured = await evaluate(run, at('test.csv'), {
      by: 'sex',
      ...groups,
      out: at('elsewhere'),
      threads: 1,
    });
    expect(measured.auc.value).toBe(metrics.test!.auc.value);
    expect(measured.uncertainty!.units).toBe(metrics.test!.uncertainty!.units);
    expect(measured.operatingPoints!.map(({ threshold }) => threshold)).toEqual(
      metrics.test!.operatingPoints!.map(({ threshold }) => threshold),
    );
    const [{ column, rows: sexes }] = measured.subgroups!;
    expect(column).toBe('sex');
    expect(sexes.map(({ n }) => n).reduce((a, b) => a + b)).toBe(measured.n);
    expect(estimateOf(measured, 'brier').low).toBeLessThan(measured.brier!);
  });

  test('measures the subgroups of its test images, and shows them in the report and the card', async () => {
    const { rows } = table(path.join(run, 'split.csv'));
    const listed = rows.map(
      ([id, split, label], i) => `images/${id},${label},${split},${i % 3 ? 'f' : i % 2 ? '' : 'm'}`,
    );
    writeFileSync(at('listed.csv'), `path,label,split,sex\n${listed.join('\n')}\n`);
    const out = at('by-sex');
    const { model, size, epochs, batch, threads } = quick;
    const settings = { model, size, epochs, batch, threads, method: 'fc', out };
    const misspelt = await refusal(train(at('listed.csv'), { ...settings, by: 'gender' }));
    expect(misspelt.message).toMatch(/--by gender is no column of the data; its columns are: path, label/);
    expect(existsSync(out)).toBe(false);

    const { metrics } = await train(at('listed.csv'), { ...settings, by: 'sex' });
    const [{ column, rows: sexes, missing }] = metrics.test!.subgroups!;
    expect([column, sexes.map(({ value }) => value)]).toEqual(['sex', ['f', 'm']]);
    expect(sexes.reduce((sum, { n }) => sum + n, missing)).toBe(metrics.test!.n);
    expect(metrics.validation!.subgroups).toBeUndefined();
    const again = await evaluate(out, at('listed.csv'), { by: 'sex', threads: 1 });
    expect(again.subgroups).toEqual(metrics.test!.subgroups);
    expect(readFileSync(path.join(out, 'report.html'), 'utf8')).toMatch(/By sex <small>\d+ images without/);
    const card = await modelCard(out);
    expect(card).toContain('#### By sex');
    expect(card).toMatch(/\| m \\\* \|/);
  });

  test('refuses subgroups that are identities, or that nobody knows', async () => {
    const ids = at('ids.csv');
    const { rows } = table(path.join(run, 'split.csv'));
    writeFileSync(ids, `image,person\n${rows.map(([id], i) => `${path.basename(id)},p${i}`).join('\n')}\n`);
    const error = await refusal(evaluate(run, images, { by: 'person', subgroups: ids, threads: 1 }));
    expect(error.message).toMatch(/column person has \d+ values; at most 20/);
    expect((await refusal(evaluate(run, images, { by: 'sex', threads: 1 }))).message).toMatch(
      /--by sex is no column of the data/,
    );
    expect((await refusal(evaluate(run, images, { subgroups: ids, threads: 1 }))).message).toMatch(
      /needs --by/,
    );
  });
});

describe('two runs', () => {
  test('are compared by their predictions as on the data', async () => {
    const { rows } = table(path.join(run, 'split.csv'));
    const recorded = await compare(run, at('other'), undefined, { resamples: 200 });
    expect(recorded.unit).toBe('group');
    expect(recorded.n).toBe(rows.filter(([, split]) => split === 'test').length);
    const predicted = await compare(run, at('other'), at('test.csv'), {
      resamples: 200,
      ...groups,
      threads: 1,
    });
    const auc = (c: typeof recorded) => c.metrics.find(({ name }) => name === 'auc')!;
    expect(auc(predicted).first).toBe(auc(recorded).first);
    expect(auc(predicted).second).toBe(auc(recorded).second);
    expect(auc(recorded).test).toBe('bootstrap');
    const itself = await compare(run, run, undefined, { resamples: 50 });
    expect(itself.metrics.every(({ pValue }) => pValue === 1)).toBe(true);
  });

  test('of other classes are not', async () => {
    await writeImages(at('hues'), { classes: ['blue', 'red'], each: 8 });
    await train(at('hues'), { ...quick, out: at('of-hues') });
    expect((await refusal(compare(run, at('of-hues')))).message).toMatch(/other classes/);
    expect((await refusal(compare(run, at('nowhere')))).message).toMatch(/no predictions-test.csv/);
  });
});

describe('prediction', () => {
  test('at the fitted temperature changes probabilities, but not what is predicted', async () => {
    const plain = await predict(run, [images], { threads: 1 });
    const calibrated = await predict(run, [images], { threads: 1, calibrate: true });
    const { temperature } = metrics.test!.calibrated!;
    for (const [i, { labels, probabilities }] of plain.predictions.entries()) {
      expect(calibrated.predictions[i].labels).toEqual(labels);
      const logit = Math.log(probabilities[1] / (1 - probabilities[1])) / temperature;
      expect(calibrated.predictions[i].probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 4);
    }
  });

  test('writes heatmaps beside each other, also of files of the same name', async () => {
    mkdirSync(at('twice'));
    const one = path.join(images, 'cat', 'cat-0.png');
    await sharp(one).resize(60, 40).png().toFile(at('twice', 'cat-0.png'));
    const { predictions } = await predict(run, [one, at('twice')], {
      heatmap: at('heatmaps'),
      'heatmap-class': 'dog',
      'heatmap-samples': 2,
      threads: 1,
    });
    expect(readdirSync(at('heatmaps')).sort()).toEqual([
      'cat-0-2.grad-cam.png',
      'cat-0-2.smooth-grad.png',
      'cat-0.grad-cam.png',
      'cat-0.smooth-grad.png',
    ]);
    expect(predictions[1].heatmap).toMatchObject({
      about: 'dog',
      gradCam: at('heatmaps', 'cat-0-2.grad-cam.png'),
    });
    const { width, height } = await sharp(predictions[1].heatmap!.gradCam).metadata();
    expect([width, height]).toEqual([2 * 384 + 2 * 8 + 14, 256]);
    expect(
      (await refusal(predict(run, [one], { heatmap: at('x'), 'heatmap-class': 'cow' }))).message,
    ).toMatch(/must be one of cat, dog/);
  });
});

describe('the model card', () => {
  test('says what the run’s folder says, and asks for the rest', async () => {
    const card = await modelCard(run);
    for (const heading of [
      'Intended use',
      'Data',
      'Model and training',
      'Evaluation',
      'Limitations',
      'Provenance',
    ]) {
      expect(card).toMatch(new RegExp(`^##+ ${heading}`, 'm'));
    }
    const { value, low, high } = metrics.test!.auc;
    expect(card).toContain(`${value!.toFixed(3)} (${low!.toFixed(3)}–${high!.toFixed(3)})`);
    expect(card).toContain('specificity ≥ 95');
    expect(card).toMatch(/To be completed: approval, consent/);
    expect(card).toMatch(/\*\*SHA-256 of the base:\*\* `[0-9a-f]{64}`/);
    expect(card).toMatch(/\*\*Finished:\*\* 20\d\d-/);
  });

  test('names no image, no group and no folder of images', async () => {
    const card = await modelCard(run, { evaluations: [at('elsewhere')] });
    expect(card).not.toContain(folder);
    expect(card).not.toMatch(/(cat|dog)-\d/);
    expect(card).toContain('Other data: elsewhere');
    expect(card).toContain('#### By sex');
    const ofAnother = modelCard(at('of-hues'), { evaluations: [at('elsewhere')] });
    expect((await refusal(ofAnother)).message).toMatch(/measured with another run/);
  });

  test('takes in what people say, and refuses what it has no place for', async () => {
    writeFileSync(
      at('about.yaml'),
      'card:\n  intendedUse: To tell cats from dogs.\n  ethics: None needed.\n',
    );
    const card = await modelCard(run, { about: at('about.yaml') });
    expect(card).toContain('**Intended use.** To tell cats from dogs.');
    expect(card).not.toMatch(/To be completed: approval, consent/);
    writeFileSync(at('wrong.yaml'), 'purpose: cats\n');
    expect((await refusal(modelCard(run, { about: at('wrong.yaml') }))).message).toMatch(
      /purpose is no field; the fields, each of text, are title, summary, intendedUse/,
    );
  });

  test('takes in what was said when the run was begun', async () => {
    expect(await modelCard(at('other'))).toContain('**Intended use.** A test of tests.');
  });

  test('lies in the exported model', async () => {
    await exportModel(run, at('model.onnx'));
    const bytes = readFileSync(at('model.onnx'));
    expect(bytes.includes(await modelCard(run))).toBe(true);
    expect(bytes.includes(folder)).toBe(false);
  });
});

function table(file: string): { rows: string[][] } {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return { rows: lines.map((line) => line.split(',')) };
}
