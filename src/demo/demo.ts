/** @file The demonstration: blood smears drawn on the spot, the built-in network, three methods side by side. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../files/atomic.js';
import { compareAucs } from '../metrics/index.js';
import { writeBloodSmears } from '../pictures/blood-smear.js';
import { type ComparisonRow, renderComparison } from '../report/index.js';
import { files } from '../runs/folder.js';
import { readPredictions } from '../runs/predictions.js';
import { reportHistory } from '../runs/report.js';
import { type TrainHooks, type TrainResult, train } from '../runs/train.js';
import { type MethodName, methods } from '../training/methods.js';
import { demoSettings } from './settings.js';

export interface DemoHooks {
  readonly onImages?: (folder: string) => void;
  readonly onMethod?: (method: MethodName) => void;
  readonly train?: TrainHooks;
}

export interface DemoOutcome {
  readonly method: MethodName;
  readonly result: TrainResult;
  readonly seconds: number;
  readonly trainedParameters: number;
}

export interface DemoResult {
  readonly outcomes: readonly DemoOutcome[];
  /** Path of the page that compares the methods. */
  readonly report: string;
  /** False where it was stopped by the signal. */
  readonly finished: boolean;
}

/** Draws the images, runs each method, and writes one page that compares them. */
export async function demo(folder: string, hooks: DemoHooks = {}): Promise<DemoResult> {
  const images = path.join(folder, 'images');
  await writeBloodSmears(images, demoSettings.images);
  hooks.onImages?.(images);
  const outcomes: DemoOutcome[] = [];
  const report = path.join(folder, files.report);
  for (const method of demoSettings.methods) {
    hooks.onMethod?.(method);
    const out = path.join(folder, method);
    await rm(out, { recursive: true, force: true });
    const started = performance.now();
    const result = await train(images, { ...demoSettings.training, method, out }, hooks.train);
    if (!result.finished) return { outcomes, report, finished: false };
    const trainedParameters = result.plan.roles.reduce((sum, { trained }) => sum + trained, 0);
    outcomes.push({ method, result, seconds: (performance.now() - started) / 1000, trainedParameters });
  }
  await writeFileAtomic(report, renderComparison(await comparison(outcomes)));
  return { outcomes, report, finished: true };
}

async function comparison(outcomes: readonly DemoOutcome[]) {
  const predictions = await Promise.all(
    outcomes.map(({ result }) => readPredictions(path.join(result.folder, files.predictions('test')))),
  );
  const pairs = outcomes.flatMap((_, i) => outcomes.slice(i + 1).map((__, j) => [i, i + 1 + j] as const));
  const { images } = demoSettings;
  return {
    title: 'Three ways to fine-tune',
    summary: `Drawn blood smears with and without parasites, ${images.train} for training, ${images.validation} for validation and ${images.test} for the test; the built-in network at ${images.size}×${images.size}.`,
    rows: outcomes.map(row),
    differences: pairs.map(([i, j]) => {
      const { difference, pValue } = compareAucs(
        predictions[i].targets,
        predictions[i].probabilities,
        predictions[j].probabilities,
      );
      return { first: outcomes[i].method, second: outcomes[j].method, difference, pValue };
    }),
  };
}

function row({ method, result, seconds, trainedParameters }: DemoOutcome): ComparisonRow {
  const { test } = result.metrics;
  const totalParameters = result.plan.roles.reduce((sum, { trained, frozen }) => sum + trained + frozen, 0);
  return {
    name: method,
    description: methods[method].summary,
    auc: test!.auc,
    accuracy: test!.accuracy ?? undefined,
    validationAuc: result.metrics.validation?.auc.value ?? undefined,
    trainedParameters,
    totalParameters,
    epochs: result.history.length,
    seconds,
    history: reportHistory(result.history),
    href: `${method}/${files.report}`,
  };
}
