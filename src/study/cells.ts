/** @file The cells of a study's grid: one training run each. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { TrainOptionsInput } from '../runs/options.js';
import type { StudyDefinition } from './definition.js';
import { publishedDataset, publishedMethod } from './published.js';

/** Between the parts of a cell's name; none of them has it. */
const SEPARATOR = '~';

export interface Cell {
  /** Unique in its study, and fit for a file name: `malaria~densenet121~fc~1`. */
  readonly id: string;
  /** Names as in the study file. */
  readonly dataset: string;
  readonly architecture: string;
  readonly method: string;
  /** Counted from 1. */
  readonly repetition: number;
  /** Path of the images. */
  readonly data: string;
  /** What `train` is told. */
  readonly options: TrainOptionsInput & { readonly out: string };
  /** Changes with whatever makes it another experiment. */
  readonly settings: string;
}

/**
 * Data sets × architectures × methods × repetitions. The first repetition of everything comes first, so that a study
 * that is not finished is still a study; within it, a data set stays together, as do runs that share a phase.
 * Settings: the published ones of a published data set, then the study's, the data set's, the network's and the
 * method's.
 */
export function cellsOf(definition: StudyDefinition, folder: string): Cell[] {
  const { datasets, architectures, methods, repetitions } = definition;
  const cells: Cell[] = [];
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const dataset of Object.keys(datasets)) {
      for (const architecture of Object.keys(architectures)) {
        for (const method of Object.keys(methods)) {
          cells.push(cellOf(definition, folder, { dataset, architecture, method, repetition }));
        }
      }
    }
  }
  return cells;
}

function cellOf(
  definition: StudyDefinition,
  folder: string,
  place: Pick<Cell, 'dataset' | 'architecture' | 'method' | 'repetition'>,
): Cell {
  const { dataset, architecture, method, repetition } = place;
  const { path: data, published, ...own } = definition.datasets[dataset];
  const { model, preprocess } = definition.architectures[architecture];
  const { method: named, lr, epochs } = definition.methods[method];
  const id = [dataset, architecture, method, repetition].join(SEPARATOR);
  const said = {
    ...protocolOf(published ?? own.dataset ?? dataset),
    ...definition.settings,
    ...own,
    model,
    ...(preprocess !== undefined && { preprocess }),
    method: publishedMethod(named)?.method ?? named,
    ...(lr !== undefined && { lr }),
    ...(epochs !== undefined && { epochs }),
    seed: definition.seed + repetition - 1,
  };
  const options = { ...said, out: path.join(folder, 'runs', id) };
  // Which file the network is in is no setting: it may have moved.
  const compared = Object.entries({ ...said, model: path.basename(model) })
    .filter(([name]) => !inconsequential.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const settings = createHash('sha256').update(JSON.stringify(compared)).digest('hex').slice(0, 16);
  return { id, ...place, data, options, settings };
}

/** What changes no numbers. */
const inconsequential = ['threads', 'checkpoint-every'];

/** Size, batch and dropout of a published data set; nothing for any other. */
function protocolOf(name: string): Pick<TrainOptionsInput, 'size' | 'batch' | 'dropout'> {
  const dataset = publishedDataset(name);
  if (!dataset) return {};
  const { size, batch, dropout } = dataset;
  return { size, batch, dropout };
}
