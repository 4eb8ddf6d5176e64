import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { chooseThresholds, evaluatePredictions } from '../../src/metrics/evaluate.js';
import type { Predictions } from '../../src/metrics/types.js';
import { binaryGolden, multiClassGolden, multiLabelGolden } from './golden.js';

const f32 = (values: readonly number[]) => Float32Array.from(values);
const oneHot = (truth: number[], classes: number) =>
  f32(truth.flatMap((c) => Array.from({ length: classes }, (_, k) => Number(k === c))));
const letters = (count: number) => Array.from({ length: count }, (_, k) => 'ABCDEFGH'[k]);

describe('binary', () => {
  test.each(binaryGolden().map((g, i) => [i, g] as const))('equals scikit-learn, case %i', (_, g) => {
    const metrics = evaluatePredictions({
      task: 'binary',
      classes: ['well', 'ill'],
      targets: f32(g.targets),
      probabilities: f32(g.probabilities),
    });
    const atHalf = g.points.find((p) => p.threshold === 0.5)!;
    expect(metrics.n).toBe(g.targets.length);
    expect(metrics.auc.value).toBeCloseTo(g.auc, 12);
    expect(metrics.averagePrecision).toBeCloseTo(g.averagePrecision, 12);
    expect(metrics.loss).toBeCloseTo(g.logLoss, 5);
    expect(metrics.brier).toBeCloseTo(g.brier, 6);
    expect(metrics.accuracy).toBeCloseTo(atHalf.accuracy, 12);
    expect(metrics.accuracyAtThreshold).toBe(metrics.accuracy);
    expect(metrics.sensitivity).toBeCloseTo(atHalf.sensitivity, 12);
    expect(metrics.confusionMatrix).toEqual(atHalf.confusionMatrix);
    expect(metrics.perClass).toHaveLength(1);
    expect(metrics.perClass[0]).toMatchObject({ name: 'ill', threshold: 0.5, auc: metrics.auc });
    expect(metrics.notes).toEqual([]);
  });

  test('a threshold chosen on validation is applied as given', () => {
    const validation: Predictions = {
      task: 'binary',
      classes: ['well', 'ill'],
      targets: f32([0, 0, 1, 1]),
      probabilities: f32([0.1, 0.2, 0.3, 0.9]),
    };
    const threshold = chooseThresholds(validation);
    expect(threshold![0]).toBeCloseTo(0.25, 6);
    const test = evaluatePredictions({ ...validation, targets: f32([1, 0, 1, 0]), threshold });
    expect(test).toMatchObject({
      thresholds: threshold,
      accuracy: 0.25,
      accuracyAtThreshold: 0.5,
      sensitivity: 0.5,
    });
    expect(test.confusionMatrix).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('one class only: null where undefined, and a note says why', () => {
    const metrics = evaluatePredictions({
      task: 'binary',
      classes: ['well', 'ill'],
      targets: f32([0, 0, 0]),
      probabilities: f32([0.1, 0.2, 0.7]),
    });
    expect(metrics).toMatchObject({
      auc: { value: null, low: null, high: null },
      kerasAuc: null,
      sensitivity: null,
    });
    expect(metrics.specificity).toBeCloseTo(2 / 3, 12);
    expect(metrics.prevalence).toEqual([1, 0]);
    expect(metrics.notes).toEqual(['No sample of ill: AUC and sensitivity are undefined.']);
  });

  test('a perfect order and a perfectly wrong one are told apart', () => {
    const notesFor = (probabilities: number[]) =>
      evaluatePredictions({
        task: 'binary',
        classes: ['well', 'ill'],
        targets: f32([0, 0, 1, 1]),
        probabilities: f32(probabilities),
      }).notes.join();
    expect(notesFor([0.1, 0.2, 0.8, 0.9])).toMatch(/^Separated perfectly: ill\./);
    expect(notesFor([0.8, 0.9, 0.1, 0.2])).toMatch(/^Every sample of ill scores below every other/);
  });

  test('no sample at all gives nulls, not NaN', () => {
    const metrics = evaluatePredictions({
      task: 'binary',
      classes: ['well', 'ill'],
      targets: f32([]),
      probabilities: f32([]),
    });
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
    expect(metrics).toMatchObject({ n: 0, loss: null, accuracy: null, brier: null, calibrationError: null });
  });
});

describe('multi-class', () => {
  test.each(multiClassGolden().map((g, i) => [i, g] as const))('equals scikit-learn, case %i', (_, g) => {
    const metrics = evaluatePredictions({
      task: 'multi-class',
      classes: letters(g.classes),
      targets: oneHot(g.truth, g.classes),
      probabilities: f32(g.probabilities.flat()),
    });
    expect(metrics.auc.value).toBeCloseTo(g.auc, 12);
    expect(metrics.accuracy).toBeCloseTo(g.accuracy, 12);
    expect(metrics.balancedAccuracy).toBeCloseTo(g.balancedAccuracy, 12);
    expect(metrics.confusionMatrix).toEqual(g.confusionMatrix);
    expect(metrics.loss).toBeCloseTo(g.logLoss, 6);
    expect(metrics.brier).toBeCloseTo(g.brier, 9);
    expect(metrics.calibrationError).toBeCloseTo(g.calibrationError, 6);
    expect(metrics.thresholds).toBeNull();
    metrics.perClass.forEach((c, k) => {
      expect(c.auc.value).toBeCloseTo(g.perClassAuc[k], 12);
      expect(c.averagePrecision).toBeCloseTo(g.perClassAveragePrecision[k], 12);
      expect(c.truePositives).toBe(g.confusionMatrix[k][k]);
    });
    expect(metrics.auc.low).toBeLessThan(metrics.auc.value!);
  });

  test('a class without samples is left out of the means and noted', () => {
    const metrics = evaluatePredictions({
      task: 'multi-class',
      classes: ['A', 'B', 'C'],
      targets: oneHot([0, 0, 1, 1], 3),
      probabilities: f32([0.8, 0.1, 0.1, 0.3, 0.4, 0.3, 0.2, 0.7, 0.1, 0.4, 0.5, 0.1]),
    });
    expect(metrics.perClass[2].auc.value).toBeNull();
    expect(metrics.auc.value).toBeCloseTo(
      (metrics.perClass[0].auc.value! + metrics.perClass[1].auc.value!) / 2,
      12,
    );
    expect(metrics.balancedAccuracy).toBe(0.75);
    expect(metrics.notes).toContain('No sample of C: AUC and sensitivity are undefined.');
  });

  test("the mean AUC's interval has the width that resampling gives", () => {
    const classes = 4;
    const random = xoroshiro128plus(7);
    const uniform = () => uniformFloat64(random);
    const rows = Array.from({ length: 300 }, () => {
      const truth = Math.floor(uniform() * classes);
      const raw = Array.from({ length: classes }, (_, k) =>
        Math.exp(2.5 * uniform() + (k === truth ? 1 : 0)),
      );
      const sum = raw.reduce((a, b) => a + b);
      return { truth, probabilities: raw.map((x) => x / sum) };
    });
    const evaluate = (sample: typeof rows) =>
      evaluatePredictions({
        task: 'multi-class',
        classes: letters(classes),
        targets: oneHot(
          sample.map((r) => r.truth),
          classes,
        ),
        probabilities: f32(sample.flatMap((r) => r.probabilities)),
      }).auc;
    const { low, high } = evaluate(rows);
    const resampled = Array.from(
      { length: 400 },
      () => evaluate(rows.map(() => rows[Math.floor(uniform() * rows.length)])).value!,
    ).sort((a, b) => a - b);
    expect((high! - low!) / (resampled[389] - resampled[9])).toBeGreaterThan(0.85);
    expect((high! - low!) / (resampled[389] - resampled[9])).toBeLessThan(1.15);
  });
});

describe('multi-label', () => {
  test.each(multiLabelGolden().map((g, i) => [i, g] as const))('equals scikit-learn, case %i', (_, g) => {
    const metrics = evaluatePredictions({
      task: 'multi-label',
      classes: letters(3),
      targets: f32(g.targets.flat()),
      probabilities: f32(g.probabilities.flat()),
    });
    expect(metrics.n).toBe(g.targets.length);
    expect(metrics.auc.value).toBeCloseTo(g.auc, 12);
    expect(metrics.averagePrecision).toBeCloseTo(g.averagePrecision, 12);
    expect(metrics.accuracy).toBeCloseTo(g.accuracy, 12);
    expect(metrics.loss).toBeCloseTo(g.logLoss, 5);
    expect(metrics.brier).toBeCloseTo(g.brier, 6);
    expect(metrics.perClass.map((c) => c.f1)).toEqual(g.f1.map((f) => expect.closeTo(f, 12)));
    expect(metrics.confusionMatrix).toBeNull();
  });

  test('one threshold per class', () => {
    const predictions: Predictions = {
      task: 'multi-label',
      classes: ['A', 'B'],
      targets: f32([1, 0, 0, 1]),
      probabilities: f32([0.4, 0.6, 0.2, 0.8]),
    };
    const threshold = chooseThresholds(predictions);
    expect(threshold).toEqual([expect.closeTo(0.3, 6), expect.closeTo(0.7, 6)]);
    expect(evaluatePredictions({ ...predictions, threshold })).toMatchObject({
      accuracy: 0.5,
      accuracyAtThreshold: 1,
      thresholds: threshold,
    });
  });
});

describe('refuses', () => {
  const good: Predictions = {
    task: 'binary',
    classes: ['a', 'b'],
    targets: f32([0, 1]),
    probabilities: f32([0.1, 0.9]),
  };
  test('a NaN probability', () =>
    expect(() => evaluatePredictions({ ...good, probabilities: f32([0.1, Number.NaN]) })).toThrow(
      /sample 1 is NaN.*lower learning rate/,
    ));
  test('a probability above one', () =>
    expect(() => evaluatePredictions({ ...good, probabilities: f32([1.5, 0.1]) })).toThrow(
      /sample 0 is 1.5/,
    ));
  test('three classes for a binary task', () =>
    expect(() => evaluatePredictions({ ...good, classes: ['a', 'b', 'c'] })).toThrow(/two classes, not 3/));
  test('rows that do not fit', () =>
    expect(() => evaluatePredictions({ ...good, targets: f32([0, 1, 1]) })).toThrow(
      /3 targets and 2 probabilities/,
    ));
  test('the wrong number of thresholds', () =>
    expect(() => evaluatePredictions({ ...good, threshold: [0.1, 0.2] })).toThrow(
      /2 thresholds for 1 outputs/,
    ));
});

describe('labels that nobody knows', () => {
  const classes = ['A', 'B'];
  const known: Predictions = {
    task: 'multi-label',
    classes,
    targets: f32([1, 0, 0, 1, 1, 1, 0, 0, 1, 0]),
    probabilities: f32([0.9, 0.2, 0.4, 0.7, 0.3, 0.6, 0.2, 0.65, 0.6, 0.1]),
  };
  test('do not count: each label is measured on the samples that have it', () => {
    const withUnknown = { ...known, targets: known.targets.with(0, -1).with(7, -1) };
    const metrics = evaluatePredictions(withUnknown);
    const alone = (k: number, rows: number[]) =>
      evaluatePredictions({
        task: 'binary',
        classes: ['no', classes[k]],
        targets: f32(rows.map((i) => known.targets[2 * i + k])),
        probabilities: f32(rows.map((i) => known.probabilities[2 * i + k])),
      });
    const [a, b] = [alone(0, [1, 2, 3, 4]), alone(1, [0, 1, 2, 4])];
    for (const [k, one] of [a, b].entries()) {
      const { name: _, prevalence, ...expected } = one.perClass[0];
      expect(metrics.perClass[k]).toMatchObject(expected);
      expect(metrics.perClass[k].prevalence).toBeCloseTo(prevalence, 12);
    }
    expect(metrics.loss).toBeCloseTo((a.loss! + b.loss!) / 2, 12);
    expect(metrics.accuracy).toBeCloseTo((a.accuracy! + b.accuracy!) / 2, 12);
    expect(metrics.auc.value).toBeCloseTo((a.auc.value! + b.auc.value!) / 2, 12);
  });
});
