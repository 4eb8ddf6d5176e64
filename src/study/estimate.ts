/** @file What a study will take: arithmetic, time and disk, told before it runs and better as it goes. */
import os from 'node:os';
import { readDataset } from '../data/index.js';
import { arithmeticOf } from '../graph/flops.js';
import { Graph } from '../graph/graph.js';
import type { Network } from '../graph/network.js';
import { float32, sizeOf } from '../graph/tensor.js';
import { architectures } from '../models/architectures/index.js';
import { type BaseModel, loadModel } from '../models/catalogue.js';
import { parseSize } from '../runs/options.js';
import { outputsOf } from '../task.js';
import type { Phase } from '../training/methods.js';
import type { Cell } from './cells.js';
import { phasesOf } from './phase-store.js';
import { publishedDataset } from './published.js';
import type { CellResult } from './results.js';
import type { Study } from './study.js';

/** What a cell is expected to take. */
export interface CellEstimate {
  /** Training, validation and the final predictions; undefined where data or network cannot be had. */
  readonly flops: number | undefined;
  /** What it leaves on disk. */
  readonly bytes: number | undefined;
}

export interface StudyEstimate {
  readonly cells: ReadonlyMap<string, CellEstimate>;
  /** FLOPs per second of one process. */
  readonly rate: number;
  /** Whether the rate was measured, on cells of this study that are done. */
  readonly measured: boolean;
}

/** Epochs of a phase that early stopping ends; a guess, until a study has results. */
export const ASSUMED_EPOCHS = 15;
/** What a core of a present-day machine makes of a training step, in FLOPs per second. */
const ASSUMED_RATE_PER_CORE = 50e9;
const REPORT_BYTES = 400e3;
const PREDICTION_BYTES = 90;

/**
 * Estimates every cell. A phase shared with an earlier cell counts there only.
 * @param results those of cells that are done, from which the rate is measured
 * @param sizes of images and networks, where they have been looked at before
 */
export async function estimateStudy(
  { cells, definition }: Study,
  results: readonly CellResult[],
  sizes = new Sizes(),
): Promise<StudyEstimate> {
  const epochs = measuredEpochs(results);
  const trained = new Set<string>();
  const estimates = new Map<string, CellEstimate>();
  for (const cell of cells) {
    const { published } = definition.datasets[cell.dataset];
    const [images, network] = await Promise.all([sizes.images(cell, published), sizes.network(cell)]);
    const phases = knownPhases(cell);
    if (!images || !network || !phases) {
      estimates.set(cell.id, { flops: undefined, bytes: undefined });
      continue;
    }
    let passes = images.validation + images.test;
    phases.forEach((phase, i) => {
      const prefix = JSON.stringify([
        cell.dataset,
        cell.architecture,
        cell.repetition,
        phases.slice(0, i + 1),
      ]);
      if (trained.has(prefix)) return;
      trained.add(prefix);
      const length = Math.min(phase.epochs, epochs.get(`${cell.method} ${phase.name}`) ?? ASSUMED_EPOCHS);
      passes += length * (images.train * passesPerStep(phase) + images.validation);
    });
    const numbers = network.norm + network.features * images.outputs + (trainsAll(phases) ? network.all : 0);
    const weights = 4 * numbers * (definition.keep === 'everything' ? 2 : 1);
    estimates.set(cell.id, {
      flops: passes * network.flops,
      bytes: weights + REPORT_BYTES + PREDICTION_BYTES * (images.validation + images.test),
    });
  }
  return { cells: estimates, ...rateOf(results, estimates) };
}

/** Undefined where the cell will only say that there is no such method. */
function knownPhases(cell: Cell): Phase[] | undefined {
  try {
    return phasesOf(cell);
  } catch {
    return undefined;
  }
}

/** Forward alone; with the gradient of what is passed on; and with that of the kernels. */
function passesPerStep({ trains }: Phase): number {
  if (trains.includes('kernel')) return 3;
  return trains.every((role) => role.startsWith('head-')) ? 1 : 2;
}

function trainsAll(phases: readonly Phase[]): boolean {
  return phases.some(({ trains }) => trains.includes('kernel'));
}

function rateOf(
  results: readonly CellResult[],
  estimates: ReadonlyMap<string, CellEstimate>,
): Pick<StudyEstimate, 'rate' | 'measured'> {
  let [flops, seconds] = [0, 0];
  for (const result of results) {
    const estimated = estimates.get(result.cell)?.flops;
    if (estimated === undefined) continue;
    flops += estimated;
    seconds += result.seconds;
  }
  if (seconds > 0) return { rate: flops / seconds, measured: true };
  return { rate: ASSUMED_RATE_PER_CORE * os.availableParallelism(), measured: false };
}

/** Mean epochs by method and phase. */
function measuredEpochs(results: readonly CellResult[]): Map<string, number> {
  const counts = new Map<string, { epochs: number; runs: number }>();
  for (const { method, history } of results) {
    for (const phase of new Set(history.map((epoch) => epoch.phase))) {
      const key = `${method} ${phase}`;
      const count = counts.get(key) ?? { epochs: 0, runs: 0 };
      counts.set(key, count);
      count.epochs += history.filter((epoch) => epoch.phase === phase).length;
      count.runs++;
    }
  }
  return new Map([...counts].map(([key, { epochs, runs }]) => [key, epochs / runs]));
}

interface Images {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly outputs: number;
}

interface NetworkSize {
  /** One forward pass of one image. */
  readonly flops: number;
  readonly all: number;
  readonly norm: number;
  readonly features: number;
}

/** Images and networks, each looked at once. */
export class Sizes {
  private readonly imagesBy = new Map<string, Promise<Images | undefined>>();
  private readonly networks = new Map<string, Promise<Base | undefined>>();
  private readonly sizes = new Map<string, Promise<NetworkSize | undefined>>();

  images(cell: Cell, published?: string): Promise<Images | undefined> {
    return once(this.imagesBy, cell.dataset, () => countImages(cell, published));
  }

  network(cell: Cell): Promise<NetworkSize | undefined> {
    const { model, size } = cell.options;
    return once(this.sizes, `${model} ${size}`, async () => {
      const base = await once(this.networks, model!, () => baseOf(model!));
      return base && measured(base.network, String(size ?? base.size));
    });
  }
}

function once<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

/** Of a published data set those that were published; of any other those that are there. */
async function countImages({ data, options }: Cell, published?: string): Promise<Images | undefined> {
  const most = Number(options['train-images'] ?? Number.POSITIVE_INFINITY);
  const capped = (images: Images): Images => ({ ...images, train: Math.min(images.train, most) });
  const known = publishedDataset(options.dataset ?? published ?? '');
  if (known && options.dataset) return capped({ ...known.images, outputs: known.outputs });
  try {
    const { splits, task, classes } = await readDataset(data, {
      dataset: options.dataset,
      validation: options.val === undefined ? undefined : Number(options.val),
      test: options.test === undefined ? undefined : Number(options.test),
      groupBy: options['group-by'],
      seed: 0,
    });
    const { train, validation, test } = splits;
    return capped({
      train: train.length,
      validation: validation.length,
      test: test.length,
      outputs: outputsOf(task, classes),
    });
  } catch {
    return known && capped({ ...known.images, outputs: known.outputs });
  }
}

type Base = Pick<BaseModel, 'network' | 'size'>;

/** An architecture's shape needs no weights. */
async function baseOf(model: string): Promise<Base | undefined> {
  if (Object.hasOwn(architectures, model)) {
    const { create, size } = architectures[model];
    const network = create((_, __, shape) => float32(new Float32Array(sizeOf(shape)), shape));
    return { network, size };
  }
  return loadModel(model).catch(() => undefined);
}

function measured(network: Network, size: string): NetworkSize | undefined {
  const [height, width] = parseSize(size);
  const graph = new Graph();
  const images = graph.input('images', { dtype: 'float32', shape: [1, 3, height, width] });
  try {
    const { features } = network.build(graph, images, { batch: 1, height, width, statistics: 'frozen' });
    graph.output('features', features);
  } catch {
    return undefined; // it does not take images of this size, as its cells will say
  }
  const count = (holds: (role: string) => boolean) =>
    network.parameters.filter(({ role }) => holds(role)).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    flops: 2 * arithmeticOf(graph).multiplyAdds,
    all: count(() => true),
    norm: count((role) => role.startsWith('bn-')),
    features: network.features,
  };
}
