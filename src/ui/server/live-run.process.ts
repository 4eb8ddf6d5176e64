/** @file The process in which one run trains, so that neither its crash nor its hunger for memory reaches the page. */
import type { Dataset } from '../../data/types.js';
import type { Classifier } from '../../models/classifier.js';
import type { TrainHooks } from '../../runs/train.js';
import type { TrainingState } from '../../training/state.js';
import type { TrainingEvent } from '../api.js';
import { splitSummaries } from '../split-summaries.js';
import { serveProcess } from './process.js';
import type { TrainingApi } from './training-api.js';

/** Steps may come by the hundred a second; eyes and pipes want fewer. */
const STEP_EVERY_MS = 100;

const stopping = new AbortController();

const api: TrainingApi = {
  async train(data, options) {
    const { train } = await import('../../runs/train.js');
    const hooks = { ...tellingHooks(), signal: stopping.signal, commandLine: 'transfuse ui' };
    const { finished } = await train(data, options, hooks);
    return finished;
  },
  async stop() {
    stopping.abort(new Error('stopped from the page'));
  },
};

const tell = serveProcess<TrainingEvent>(api, () => stopping.abort(new Error('the page has gone')));

function tellingHooks(): TrainHooks {
  let classifier: Classifier | undefined;
  let state: TrainingState | undefined;
  let measured: TrainingState['weights'] | undefined;
  let toldAt = 0;
  /** The state's weights are replaced by others whenever they are fetched from where they train. */
  const tellMovement = async (): Promise<void> => {
    if (!state || !classifier || measured === state.weights) return;
    measured = state.weights;
    const { layerMovement } = await import('../../runs/movement.js');
    tell({ kind: 'movement', layers: layerMovement(classifier, measured) });
  };
  const stage = (title: string, done: number, total: number): void => {
    if (done < total && performance.now() - toldAt < STEP_EVERY_MS) return;
    toldAt = performance.now();
    tell({ kind: 'stage', title, done, total });
  };
  return {
    onDownload: ({ received, total = 0 }) =>
      stage('Downloading the network’s weights, MB', Math.round(received / 1e6), Math.round(total / 1e6)),
    onUnpack: (file) => tell({ kind: 'warning', text: `${file} is unpacked once, which may take minutes` }),
    onData: (dataset) => tellData(dataset, tell),
    onPrepare: (done, total) => stage('Reading images', done, total),
    onWarning: (text) => tell({ kind: 'warning', text }),
    onPlan: ({ phases, roles }, built) => {
      classifier = built;
      tell({ kind: 'plan', phases, roles });
    },
    onPhase: (_, begun) => {
      state = begun;
      void tellMovement();
    },
    onStep: ({ phase, ...step }) => {
      void tellMovement();
      if (step.step < step.steps && performance.now() - toldAt < STEP_EVERY_MS) return;
      toldAt = performance.now();
      tell({ kind: 'step', phase: phase.name, ...step });
    },
    onEpoch: (record) => {
      tell({ kind: 'epoch', record });
      void tellMovement();
    },
    onPredict: (split, done, total) => stage(`Predicting ${split}`, done, total),
  };
}

function tellData(dataset: Dataset, say: (event: TrainingEvent) => void): void {
  const { task, classes, warnings } = dataset;
  say({ kind: 'data', task, classes, splits: splitSummaries(dataset) });
  for (const text of warnings) say({ kind: 'warning', text });
}
