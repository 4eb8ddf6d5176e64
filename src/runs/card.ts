/** @file A finished run's model card, from what stands in its folder: nothing is computed anew. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'csv-parse/sync';
import { type Adapter, decodeAdapter } from '../adapter/adapter.js';
import { TransfuseError } from '../errors.js';
import type { Metrics } from '../metrics/index.js';
import { type CardData, type CardSplit, renderCard } from '../report/card.js';
import { readAbout } from './about.js';
import { configRecord } from './config.js';
import { files, readRunConfig } from './folder.js';
import { parseProvenance } from './provenance.js';

export interface CardOptions {
  /** A YAML file of what only people know; default: `about.yaml` in the run's folder. */
  readonly about?: string;
  /** Folders that `evaluate --out` left. */
  readonly evaluations?: readonly string[];
}

/**
 * Writes the model card of a run as Markdown.
 * @throws TransfuseError `no-run`, `run-unfinished`, `bad-about`, `bad-config`
 */
export async function modelCard(run: string, { about, evaluations = [] }: CardOptions = {}): Promise<string> {
  const config = await readRunConfig(run);
  const inside = (name: string) => path.join(run, name);
  for (const name of [files.metrics, files.adapter]) {
    if (!existsSync(inside(name))) {
      throw new TransfuseError(
        'run-unfinished',
        `${run} has no ${name} yet; finish it with: transfuse train --resume --out ${run}`,
      );
    }
  }
  const adapter = decodeAdapter(await readFile(inside(files.adapter)), inside(files.adapter));
  const { task, classes, base, method, height, width, version } = adapter;
  const provenance = existsSync(inside(files.provenance))
    ? parseProvenance(await readFile(inside(files.provenance), 'utf8'))
    : undefined;
  const aboutFile = about ?? (existsSync(inside(files.about)) ? inside(files.about) : undefined);
  const card: CardData = {
    name: path.basename(path.resolve(run)),
    about: aboutFile === undefined ? {} : await readAbout(aboutFile),
    task,
    classes,
    base,
    method,
    height,
    width,
    version,
    started: provenance?.started,
    finished: provenance?.finished,
    parameters: provenance?.parameters,
    options: publicOptions(configRecord(config)),
    phases: await phasesOf(inside(files.history)),
    splits: await splitsOf(inside(files.split), classes, config['group-by'] !== undefined),
    metrics: JSON.parse(await readFile(inside(files.metrics), 'utf8')) as Record<string, Metrics>,
    evaluations: await Promise.all(evaluations.map((folder) => evaluationIn(folder, adapter))),
  };
  return renderCard(card);
}

/** Without what says where things lie: paths name people and places. */
function publicOptions(record: Record<string, unknown>): CardData['options'] {
  const shown = Object.entries(record).filter(([name]) => !['data', 'model', 'subgroups'].includes(name));
  return Object.fromEntries(
    shown.filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  ) as CardData['options'];
}

async function phasesOf(file: string): Promise<CardData['phases']> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  const phases = new Map<string, number>();
  for (const line of lines) {
    const { phase } = JSON.parse(line) as { phase: string };
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  return [...phases].map(([name, epochs]) => ({ name, epochs }));
}

async function splitsOf(file: string, classes: readonly string[], grouped: boolean): Promise<CardSplit[]> {
  const [, ...rows] = parse(await readFile(file, 'utf8')) as string[][];
  return ['train', 'validation', 'test'].flatMap((name) => {
    const own = rows.filter(([, split]) => split === name);
    if (own.length === 0) return [];
    const perClass = classes.map(
      (label) => own.filter(([, , labels]) => labels === label || labels.split('|').includes(label)).length,
    );
    // An image without a group is one by itself.
    const groups = grouped ? new Set(own.map(([id, , , group]) => group || `\0${id}`)).size : undefined;
    return [{ name, images: own.length, groups, perClass }];
  });
}

async function evaluationIn(
  folder: string,
  { classes, thresholds }: Adapter,
): Promise<CardData['evaluations'][number]> {
  const file = path.join(folder, files.metrics);
  if (!existsSync(file)) {
    throw new TransfuseError(
      'no-evaluation',
      `${folder} has no ${files.metrics}; make it with: transfuse evaluate RUN DATA --out ${folder}`,
    );
  }
  const metrics = JSON.parse(await readFile(file, 'utf8')) as Metrics;
  if (!Array.isArray(metrics.perClass)) {
    throw new TransfuseError('no-evaluation', `${folder} holds a run, not what evaluate --out leaves`);
  }
  // Thresholds are fitted numbers, so that two runs hardly ever share them.
  const isOurs = isDeepStrictEqual([metrics.classes, metrics.thresholds], [classes, thresholds]);
  if (!isOurs) {
    throw new TransfuseError(
      'no-evaluation',
      `${folder} was measured with another run: its classes or thresholds are others`,
    );
  }
  return { name: path.basename(path.resolve(folder)), metrics };
}
