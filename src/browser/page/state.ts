/** @file What the page knows, and its engine. */
import { signal } from '@preact/signals';
import { stringify } from 'csv-stringify/browser/esm/sync';
import { predictionRows } from '../../runs/prediction-rows.js';
import type { PredictionsView, RunView, Said } from '../../ui/api.js';
import { newRun, RunProgress } from '../../ui/run-progress.js';
import type { GivenFile } from '../engine/folder.js';
import type { EngineApi, EngineEvent, OpenedFolder, ReadyModel, TrainedView } from '../engine/protocol.js';
import { callWorker } from '../engine/workers.js';

/** The folder that is open, with the files in it. */
export const folder = signal<(OpenedFolder & { readonly ids: readonly string[] }) | undefined>(undefined);
export const isOpening = signal(false);
/** What is wrong with the folder, or with the options that divide it. */
export const folderProblem = signal<string | undefined>(undefined);
/** The options that were changed. */
export const said = signal<Said>({});
/** The training of this tab; undefined before the first. */
export const run = signal<RunView | undefined>(undefined);
/** What computes, and why. */
export const computing = signal<string | undefined>(undefined);
export const trained = signal<TrainedView | undefined>(undefined);
interface Predicting extends ReadyModel {
  /** In words, where it is from. */
  readonly from: string;
  /** Another one for each. */
  readonly round: number;
}

/** What predicts: the last training's classifier, or that of an adapter file. */
export const ready = signal<Predicting | undefined>(undefined);
export const adapterProblem = signal<string | undefined>(undefined);

let progress = new RunProgress(0);

const worker = new Worker(new URL('../engine/engine.worker.ts', import.meta.url), { type: 'module' });
const engine = callWorker<EngineApi, EngineEvent>(worker, (event) => {
  if (event.kind === 'device') computing.value = event.line;
  else change(progress.patchFor(event, run.value!));
});

let files: readonly GivenFile[] = [];

/** Opens what was given, and says what is in it or what is wrong. */
export async function openFolder(given: readonly GivenFile[]): Promise<void> {
  files = given;
  folder.value = undefined;
  await look();
}

/** Looks at the open folder again, as options about the data say. */
export async function look(): Promise<void> {
  const asked = files;
  isOpening.value = true;
  folderProblem.value = undefined;
  try {
    const opened = await engine.call.open(asked, dataOptions(said.value));
    const ids = asked.map(({ path }) => path.slice(path.indexOf('/') + 1));
    if (asked === files) folder.value = { ...opened, ids };
  } catch (error) {
    if (asked === files) folderProblem.value = inWords(error);
  } finally {
    isOpening.value = false;
  }
}

/** Those that change how the data are divided. */
function dataOptions(all: Said): Said {
  const matter = ['val', 'test', 'seed', 'group-by'];
  return Object.fromEntries(Object.entries(all).filter(([name]) => matter.includes(name)));
}

export async function train(): Promise<void> {
  progress = new RunProgress(0);
  trained.value = undefined;
  computing.value = undefined;
  const { name } = folder.value!;
  run.value = { ...newRun, name, data: name, options: said.value, state: 'running' };
  try {
    const result = await engine.call.train(said.value);
    if (result) {
      trained.value = result;
      use(result, 'this training');
      change({ metrics: result.metrics });
    }
    change({ state: result ? 'finished' : 'stopped', stage: null, step: null });
  } catch (error) {
    change({ state: 'failed', failure: inWords(error), stage: null, step: null });
  }
}

export function stop(): void {
  change({ state: 'stopping' });
  void engine.call.stop();
}

/** A file that is made when it is asked for. */
export async function download(what: 'adapter' | 'model'): Promise<void> {
  saveFile({ adapter: 'adapter.safetensors', model: 'model.onnx' }[what], await engine.call[what]());
}

function saveFile(name: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function use(model: ReadyModel, from: string): void {
  ready.value = { ...model, from, round: (ready.value?.round ?? 0) + 1 };
  predicted.value = [];
}

export async function openAdapter(file: File): Promise<void> {
  adapterProblem.value = undefined;
  try {
    use(await engine.call.useAdapter(file), file.name);
  } catch (error) {
    adapterProblem.value = inWords(error);
  }
}

/** What `ready` has predicted, for the table that can be downloaded. */
export const predicted = signal<PredictionsView['predictions']>([]);

export async function predict(images: readonly File[]): Promise<PredictionsView> {
  const found = await engine.call.predict(images);
  predicted.value = [...predicted.value, ...found.predictions.filter(({ problem }) => problem === null)];
  return found;
}

/** The table that `transfuse predict --csv` writes. */
export function downloadPredictions(): void {
  const rows = predicted.value.map(({ name, ...prediction }) => ({ image: name, ...prediction }));
  saveFile('predictions.csv', stringify(predictionRows(ready.value!.classes, rows)));
}

function change(patch: Partial<RunView>): void {
  run.value = { ...run.value!, ...patch };
}

function inWords(error: unknown): string {
  const { name, message } = error as Error;
  return name === 'TransfuseError' ? message : `this is a bug in Transfuse: ${message}`;
}
