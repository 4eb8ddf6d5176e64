/** @file Intervals, tests and temperatures against SciPy (oracles/uncertainty.py), and against plain definitions. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareAucs } from '../../src/metrics/auc.js';
import { bcaInterval, resample, statisticAt, unitsOf } from '../../src/metrics/bootstrap.js';
import { comparePredictions, mcNemar } from '../../src/metrics/comparison.js';
import { classEstimateOf, estimateOf } from '../../src/metrics/estimates.js';
import { chooseThresholds, evaluatePredictions } from '../../src/metrics/evaluate.js';
import { chooseOperatingPoints, measure } from '../../src/metrics/measure.js';
import { normalCumulative, normalQuantile } from '../../src/metrics/normal.js';
import { subgroupTable } from '../../src/metrics/subgroups.js';
import { atTemperature, fitTemperature, thresholdAtTemperature } from '../../src/metrics/temperature.js';
import type { Predictions, Task } from '../../src/metrics/types.js';
import { classNames, overallNames, weightedMetrics } from '../../src/metrics/weighted.js';
import { Random } from '../../src/random.js';

interface Golden {
  readonly bootstrap: {
    readonly groups: number[];
    readonly targets: number[];
    readonly probabilities: number[];
    readonly grouped: Record<string, [number, number]>;
    readonly alone: Record<string, [number, number]>;
  };
  readonly temperatures: {
    readonly task: Task;
    readonly classes: string[];
    readonly targets: number[];
    readonly probabilities: number[];
    readonly temperature: number;
    readonly scaled: number[];
  }[];
  readonly mcNemar: [number, number, number][];
  readonly normal: [number, number][];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/metrics/uncertainty.json', import.meta.url), 'utf8'),
) as Golden;
const f32 = (values: readonly number[]) => Float32Array.from(values);

/** Predictions that are right more often than not. */
function drawn(task: Task, n: number, seed: number): Predictions {
  const random = new Random(seed);
  const classes = { binary: ['no', 'yes'], 'multi-class': ['a', 'b', 'c'], 'multi-label': ['a', 'b', 'c'] }[
    task
  ];
  const outputs = task === 'binary' ? 1 : 3;
  const targets: number[] = [];
  const probabilities: number[] = [];
  for (let i = 0; i < n; i++) {
    const truth = random.integer(0, 2);
    const row = Array.from({ length: outputs }, (_, k) =>
      task === 'multi-class' ? Number(k === truth) : Number(random.chance(0.4)),
    );
    const raw = row.map((y) => Math.exp(1.2 * y + random.normal()));
    const sum = raw.reduce((a, b) => a + b, 0);
    targets.push(...row.map((y) => (task === 'multi-label' && random.chance(0.1) ? -1 : y)));
    // Two digits, so that there are ties.
    const rounded = (p: number) => (task === 'multi-class' ? p : Math.round(50 * p) / 50);
    probabilities.push(...raw.map((x) => rounded(task === 'multi-class' ? x / sum : x / (1 + x))));
  }
  return { task, classes, targets: f32(targets), probabilities: f32(probabilities) };
}

const tasks = ['binary', 'multi-class', 'multi-label'] as const;

describe.each(tasks)('weighted metrics, %s', (task) => {
  const predictions = drawn(task, 60, 4);
  const threshold = task === 'multi-class' ? null : chooseThresholds(drawn(task, 60, 5));
  const outputs = task === 'binary' ? 1 : 3;

  const agree = (weights: Float64Array, repeated: Predictions) => {
    const metrics = evaluatePredictions({ ...repeated, threshold });
    const values = weightedMetrics(predictions, metrics.thresholds)(weights);
    const expected = [
      ...overallNames.map((name) => (name === 'auc' ? metrics.auc.value : metrics[name])),
      ...metrics.perClass.flatMap((c) => classNames.map((name) => (name === 'auc' ? c.auc.value : c[name]))),
    ];
    expect(values.length).toBe(expected.length);
    values.forEach((x, i) => {
      if (expected[i] === null) expect(x).toBeNaN();
      else expect(x).toBeCloseTo(expected[i], 6);
    });
  };

  test('with every sample once equal those of evaluatePredictions', () => {
    agree(new Float64Array(60).fill(1), predictions);
  });

  test('with weights equal those of samples repeated so often', () => {
    const random = new Random(8);
    const weights = Float64Array.from({ length: 60 }, () => random.integer(0, 3));
    const repeat = (values: Float32Array) =>
      f32(
        [...weights].flatMap((times, i) =>
          Array.from({ length: times }, () => [...values.subarray(i * outputs, (i + 1) * outputs)]).flat(),
        ),
      );
    agree(weights, {
      ...predictions,
      targets: repeat(predictions.targets),
      probabilities: repeat(predictions.probabilities),
    });
  });
});

describe('the bootstrap', () => {
  const { targets, probabilities, groups, grouped, alone } = golden.bootstrap;
  const predictions: Predictions = {
    task: 'binary',
    classes: ['no', 'yes'],
    targets: f32(targets),
    probabilities: f32(probabilities),
  };
  const statistics = weightedMetrics(predictions, [0.5]);
  const at = (name: string) =>
    name === 'ppv'
      ? overallNames.length + classNames.indexOf('ppv')
      : (overallNames as readonly string[]).indexOf(name);

  test.each(['grouped', 'alone'] as const)('its BCa intervals equal SciPy’s, %s', (key) => {
    const units = unitsOf(targets.length, key === 'grouped' ? groups.map((g) => `p${g}`) : undefined);
    const resampled = resample(statistics, units, { resamples: 4000 });
    for (const [name, [low, high]] of Object.entries(key === 'grouped' ? grouped : alone)) {
      const ours = bcaInterval(statisticAt(resampled, at(name)), 4000);
      const width = high - low;
      // Resampled calibration errors lie nearly all above the estimate, so that the ends are those of very few draws.
      const tolerance = name === 'calibrationError' ? 0.4 : 0.06;
      expect(Math.abs(ours.low! - low) / width, `${name} low`).toBeLessThan(tolerance);
      expect(Math.abs(ours.high! - high) / width, `${name} high`).toBeLessThan(tolerance);
    }
  });

  test('of patients is wider than of images, where a patient’s images resemble each other', () => {
    const byPatient = measure(predictions, { groups: groups.map((g) => `p${g}`) });
    const byImage = measure(predictions);
    expect(byPatient.uncertainty).toMatchObject({ unit: 'group', units: 60, resamples: 2000 });
    expect(byImage.uncertainty).toMatchObject({ unit: 'sample', units: targets.length });
    const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
    expect(width(byPatient.auc)).toBeGreaterThan(1.2 * width(byImage.auc));
    expect(width(estimateOf(byPatient, 'sensitivity'))).toBeGreaterThan(
      1.2 * width(estimateOf(byImage, 'sensitivity')),
    );
  });

  test('repeats bit for bit, and another seed gives something else near', () => {
    const options = { groups: groups.map((g) => `p${g}`), resamples: 300 };
    const once = measure(predictions, options);
    expect(measure(predictions, options)).toEqual(once);
    const other = measure(predictions, { ...options, seed: 1 });
    expect(other.auc.low).not.toBe(once.auc.low);
    expect(other.auc.low).toBeCloseTo(once.auc.low!, 1);
    expect(JSON.parse(JSON.stringify(once))).toEqual(once);
  });

  test('leaves samples alone to DeLong and Wilson', () => {
    const plain = evaluatePredictions(predictions);
    const measured = measure(predictions, { resamples: 100 });
    expect(measured.auc).toEqual(plain.auc);
    const { truePositives, falseNegatives } = plain.perClass[0];
    const p = truePositives / (truePositives + falseNegatives);
    expect(estimateOf(measured, 'sensitivity').value).toBeCloseTo(p, 12);
    expect(estimateOf(measured, 'sensitivity')).toEqual(classEstimateOf(measured, 0, 'sensitivity'));
  });

  test('covers the truth about 95 times of 100', () => {
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const random = new Random(trial, 99);
      const values = Float64Array.from({ length: 50 }, () => Math.exp(0.6 * random.normal()));
      const mean = (weights: Float64Array) => {
        let [sum, count] = [0, 0];
        weights.forEach((w, i) => {
          sum += w * values[i];
          count += w;
        });
        return Float64Array.of(sum / count);
      };
      const { low, high } = bcaInterval(
        statisticAt(resample(mean, unitsOf(50), { resamples: 400, seed: trial }), 0),
        400,
      );
      const truth = Math.exp(0.18);
      if (low! <= truth && truth <= high!) covered++;
    }
    expect(covered).toBeGreaterThan(176);
    expect(covered).toBeLessThan(200);
  });
});

describe('perfect predictions of patients', () => {
  const perfect: Predictions = {
    task: 'binary',
    classes: ['no', 'yes'],
    targets: f32([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
    probabilities: f32([0.1, 0.1, 0.2, 0.2, 0.8, 0.9, 0.7, 0.8, 0.9, 0.9]),
  };
  const groups = ['a', 'a', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'd'];
  test('are no surer than so few patients can be', () => {
    const metrics = measure(perfect, { groups });
    expect(metrics.auc).toEqual({ value: 1, low: expect.closeTo(0.025 ** (1 / 2), 12), high: 1 });
    const { value, low, high } = estimateOf(metrics, 'sensitivity');
    expect([value, high]).toEqual([1, 1]);
    expect(low).toBeCloseTo(1 / (1 + 1.959963984540054 ** 2 / 2), 9); // Wilson’s of two of two
    expect(metrics.notes.join()).toMatch(/groups counted once/);
  });
});

describe('operating points', () => {
  const validation = drawn('binary', 300, 1);
  const testing = drawn('binary', 250, 2);
  const points = chooseOperatingPoints(validation);

  test('keep their rate on validation, and are applied as they are to the test', () => {
    expect(points.map(({ rule }) => rule)).toEqual([{ minSpecificity: 0.95 }, { minSensitivity: 0.95 }]);
    const chosen = measure(validation, { points, resamples: 50 }).operatingPoints!;
    expect(chosen[0].specificity.value).toBeGreaterThanOrEqual(0.95);
    expect(chosen[1].sensitivity.value).toBeGreaterThanOrEqual(0.95);
    const confirmed = measure(testing, { points, resamples: 50 }).operatingPoints!;
    for (const [i, point] of confirmed.entries()) {
      expect(point.threshold).toBe(points[i].threshold);
      const ill = [...testing.targets].flatMap((y, s) => (y === 1 ? [testing.probabilities[s]] : []));
      expect(point.sensitivity.value).toBeCloseTo(
        ill.filter((p) => p >= point.threshold).length / ill.length,
        12,
      );
      expect(point.sensitivity.low).toBeLessThan(point.sensitivity.value!);
      expect(point.sensitivity.high).toBeGreaterThan(point.sensitivity.value!);
    }
  });

  test('of patients have wider intervals', () => {
    const groups = Array.from({ length: 250 }, (_, i) => `p${i % 30}`);
    const byPatient = measure(testing, { points, groups }).operatingPoints!;
    expect(byPatient[0].sensitivity.low).not.toBe(
      measure(testing, { points }).operatingPoints![0].sensitivity.low,
    );
    expect(byPatient[0].sensitivity.low).toBeLessThan(byPatient[0].sensitivity.value!);
  });

  test('of several classes are one for each and each rule', () => {
    expect(chooseOperatingPoints(drawn('multi-class', 100, 1))).toHaveLength(6);
  });
});

describe('temperature', () => {
  test.each(golden.temperatures.map((g) => [g.task, g] as const))('equals SciPy’s optimum, %s', (_, g) => {
    const predictions = { ...g, targets: f32(g.targets), probabilities: f32(g.probabilities) };
    const temperature = fitTemperature(predictions);
    expect(temperature / g.temperature).toBeCloseTo(1, 5);
    const scaled = atTemperature(predictions, temperature);
    expect(Math.max(...g.scaled.map((p, i) => Math.abs(scaled[i] - p)))).toBeLessThan(5e-6);
    const before = evaluatePredictions(predictions).loss!;
    const after = evaluatePredictions({ ...predictions, probabilities: scaled }).loss!;
    expect(after).toBeLessThan(before);
    const { calibrated } = measure(predictions, { temperature, resamples: 200 });
    expect(calibrated!.temperature).toBe(temperature);
    expect(calibrated!.loss.value).toBeCloseTo(after, 6);
    expect(calibrated!.loss.low).toBeLessThan(after);
    expect(calibrated!.loss.high).toBeGreaterThan(after);
  });
  test('changes no decision', () => {
    const predictions = drawn('binary', 200, 3);
    const scaled = atTemperature(predictions, 2.3);
    const threshold = thresholdAtTemperature(0.37, 2.3);
    expect([...scaled].map((p) => p >= threshold)).toEqual(
      [...predictions.probabilities].map((p) => p >= 0.37),
    );
  });
  test('has bounds where the data are separated perfectly or know nothing', () => {
    const separated = {
      ...drawn('binary', 4, 1),
      targets: f32([0, 1, 0, 1]),
      probabilities: f32([0.4, 0.6, 0.4, 0.6]),
    };
    expect(fitTemperature(separated)).toBe(0.02);
    expect(fitTemperature({ ...separated, targets: f32([1, 0, 1, 0]) })).toBe(50);
    expect(fitTemperature({ ...separated, targets: f32([]), probabilities: f32([]) })).toBe(1);
  });
});

describe('comparison of two runs', () => {
  const first = drawn('binary', 200, 11);
  const random = new Random(4);
  const second = first.probabilities.map((p, i) =>
    Math.min(1, Math.max(0, 0.5 * p + 0.3 * random.unit() + 0.2 * (i % 2))),
  );
  const runs = [
    { probabilities: first.probabilities, thresholds: [0.4] },
    { probabilities: second, thresholds: [0.5] },
  ] as const;

  test('the AUC is compared by DeLong’s test, the accuracy by McNemar’s', () => {
    const { metrics, unit } = comparePredictions(first, runs);
    const of = (name: string) => metrics.find((m) => m.name === name)!;
    const delong = compareAucs(first.targets, first.probabilities, second);
    expect(unit).toBe('sample');
    expect(of('auc')).toMatchObject({ test: 'DeLong', pValue: delong.pValue, difference: delong.difference });
    const right = (p: Float32Array, t: number) => [...p].map((x, i) => x >= t === first.targets[i] > 0.5);
    expect(of('accuracy')).toMatchObject({
      test: 'McNemar',
      pValue: mcNemar(right(first.probabilities, 0.5), right(second, 0.5)),
    });
    expect(of('accuracyAtThreshold').pValue).toBe(
      mcNemar(right(first.probabilities, 0.4), right(second, 0.5)),
    );
    expect(of('brier').test).toBe('bootstrap');
    // The bootstrap’s own p of a difference is near the test’s where both apply.
    const grouped = comparePredictions(first, runs, {
      groups: Array.from(first.targets, (_, i) => (i < 2 ? 'same' : undefined)),
    });
    expect(grouped.unit).toBe('group');
    expect(grouped.metrics.every(({ test }) => test === 'bootstrap')).toBe(true);
    expect(Math.abs(grouped.metrics.find((m) => m.name === 'auc')!.pValue! - delong.pValue!)).toBeLessThan(
      0.05,
    );
  });

  test('a run does not differ from itself', () => {
    const { metrics } = comparePredictions(first, [runs[0], runs[0]], { resamples: 100 });
    for (const { difference, pValue } of metrics) {
      expect(difference.value).toBe(0);
      expect(pValue).toBe(1);
    }
  });

  test('p is small where the interval excludes zero, and only there', () => {
    let agreements = 0;
    for (let trial = 0; trial < 12; trial++) {
      const a = drawn('multi-label', 80, trial);
      const b = a.probabilities.map((p, i) => Math.min(1, Math.max(0, p + 0.05 * Math.sin(i + trial))));
      const { metrics } = comparePredictions(
        a,
        [
          { probabilities: a.probabilities, thresholds: null },
          { probabilities: b, thresholds: null },
        ],
        { resamples: 400 },
      );
      for (const { name, difference, pValue, test } of metrics) {
        if (test !== 'bootstrap' || !['loss', 'brier', 'averagePrecision'].includes(name)) continue;
        const excludes = difference.low! > 0 || difference.high! < 0;
        if (Math.abs(pValue! - 0.05) < 0.02) continue;
        expect(pValue! < 0.05).toBe(excludes);
        agreements++;
      }
    }
    expect(agreements).toBeGreaterThan(24);
  });

  test.each(golden.mcNemar)('McNemar’s of %i and %i equals SciPy’s binomial test', (b, c, p) => {
    const first = [...Array(b).fill(true), ...Array(c).fill(false), true];
    const second = [...Array(b).fill(false), ...Array(c).fill(true), true];
    expect(mcNemar(first, second) / p).toBeCloseTo(1, 8);
  });
});

describe('subgroups', () => {
  test('are measured by themselves, largest first', () => {
    const predictions = drawn('binary', 90, 6);
    const values = Array.from({ length: 90 }, (_, i) => (i % 9 === 0 ? undefined : i % 3 === 0 ? 'f' : 'm'));
    const table = subgroupTable(predictions, 'sex', values, { resamples: 50, thresholds: [0.4] });
    expect(table.missing).toBe(10);
    expect(table.rows.map(({ value, n }) => [value, n])).toEqual([
      ['m', 60],
      ['f', 20],
    ]);
    const rows = values.flatMap((v, i) => (v === 'f' ? [i] : []));
    const alone = evaluatePredictions({
      ...predictions,
      targets: f32(rows.map((i) => predictions.targets[i])),
      probabilities: f32(rows.map((i) => predictions.probabilities[i])),
      threshold: [0.4],
    });
    expect(table.rows[1].auc).toEqual(alone.auc);
    expect(table.rows[1].sensitivity.value).toBe(alone.sensitivity);
    expect(table.rows[1].positives).toEqual([alone.perClass[0].positives]);
  });
});

describe('the normal distribution', () => {
  test.each(golden.normal)('at %f equals SciPy’s', (z, p) => {
    expect(normalCumulative(z) / p).toBeCloseTo(1, 9);
    expect(normalQuantile(p)).toBeCloseTo(z, 8);
  });
  test('has infinite ends', () => {
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
  });
});
