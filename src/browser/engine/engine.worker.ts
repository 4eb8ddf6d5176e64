/** @file The engine of the page: everything that takes time, in a worker, so that the page always answers. */
import { type Adapter, decodeAdapter, encodeAdapter } from '../../adapter/adapter.js';
import { applyAdapter } from '../../adapter/apply.js';
import { exportOnnx } from '../../adapter/export.js';
import { forwardModel } from '../../adapter/forward.js';
import { predictOn } from '../../adapter/predict-on.js';
import type { Dataset } from '../../data/types.js';
import { internal, TransfuseError } from '../../errors.js';
import type { Classifier, Weights } from '../../models/classifier.js';
import { encodeOnnx } from '../../onnx/encode.js';
import { decide, labelsOf, perClass } from '../../runs/decide.js';
import { parseTrainOptions, type TrainOptions } from '../../runs/options.js';
import { outputsOf } from '../../task.js';
import type { RocView, Said } from '../../ui/api.js';
import { rocsOf } from '../../ui/roc.js';
import { splitSummaries } from '../../ui/split-summaries.js';
import { builtin, version } from './builtin.js';
import { fineTune, type SplitOutcome } from './fine-tune.js';
import { type GivenFile, readGiven } from './folder.js';
import { type Lanes, startLanes } from './lanes.js';
import { readPixels } from './pixels.js';
import type { EngineApi, EngineEvent, ReadyModel } from './protocol.js';
import { serveWorker } from './workers.js';

interface Ready {
  readonly adapter: Adapter;
  readonly classifier: Classifier;
  readonly weights: Weights;
}

let given: readonly GivenFile[] = [];
let ready: Ready | undefined;
/** What predicts with `ready`, once that was asked. */
let predicting: Promise<Lanes> | undefined;
let stopping = new AbortController();

const api: EngineApi = {
  async open(files, options) {
    given = files;
    const dataset = await readGiven(files, readingOptions(parsed(options)));
    const { task, classes, warnings, root } = dataset;
    return { name: root, task, classes, splits: splitSummaries(dataset), warnings };
  },

  async train(said) {
    stopping = new AbortController();
    const { signal } = stopping;
    const options = parsed(said);
    const dataset = await readGiven(given, readingOptions(options));
    tellData(dataset);
    const files = new Map(given.map(({ path, file }) => [path, file]));
    const fileOf = ({ id }: { readonly id: string }) => files.get(`${dataset.root}/${id}`)!;
    const network = await builtin();
    const run = { network, dataset, fileOf, options, version };
    const trained = await fineTune(run, tell, (line) => tell({ kind: 'device', line }), signal).catch(
      (error) => {
        if (signal.aborted && error === signal.reason) return undefined;
        throw error;
      },
    );
    if (!trained) return null;
    use(trained);
    const rocs = trained.predictions.map((split) => [split.name, curvesOf(trained.classifier, split)]);
    return { ...describe(trained), metrics: trained.metrics, rocs: Object.fromEntries(rocs) };
  },

  async stop() {
    stopping.abort(new Error('stopped from the page'));
  },

  async adapter() {
    return encodeAdapter(current().adapter) as Uint8Array<ArrayBuffer>;
  },

  async model() {
    const { classifier, weights, adapter } = current();
    return exportOnnx(classifier, weights, { adapter }) as Uint8Array<ArrayBuffer>;
  },

  async useAdapter(file) {
    const adapter = decodeAdapter(new Uint8Array(await file.arrayBuffer()), file.name);
    const network = await builtin();
    const { base } = adapter;
    if (base.sha256 !== network.sha256 || base.drawn) {
      throw new TransfuseError(
        'wrong-base',
        `${file.name} was trained on ${base.drawn ? 'randomly drawn weights' : base.name}, and this page has only the built-in network; transfuse predict takes it`,
      );
    }
    const opened = { adapter, ...applyAdapter(network, adapter) };
    use(opened);
    return describe(opened);
  },

  async predict(files) {
    const { classifier, adapter } = current();
    const { task, classes, height, width } = classifier;
    const named = files.map((file) => ({ name: file.name, file }));
    const problems: string[] = [];
    const pixels = await readPixels(named, classifier, { onProblem: (line) => problems.push(line) });
    const lanes = await (predicting ??= loadPredicting());
    const readable = pixels.filter((image) => image !== undefined);
    const images = new Uint8Array(readable.length * height * width * 3);
    readable.forEach((image, i) => {
      images.set(image, i * height * width * 3);
    });
    const probabilities = await predictOn(lanes, classifier).predict(images, readable.length);
    const outputs = outputsOf(task, classes);
    let row = 0;
    const predictions = files.map(({ name }, i) => {
      if (pixels[i] === undefined) {
        return { name, labels: [], probabilities: [], problem: problems.shift()! };
      }
      const own = probabilities.subarray(row * outputs, ++row * outputs);
      const labels = decide(classifier, own, adapter.thresholds);
      return { name, labels, probabilities: perClass(task, own), problem: null };
    });
    return { classes, predictions };
  },
};

const tell = serveWorker<EngineEvent>(api);

function parsed(said: Said): TrainOptions {
  return parseTrainOptions(said, '');
}

function readingOptions({ val, test, seed, 'group-by': groupBy }: TrainOptions) {
  return { validation: val, test, seed, groupBy };
}

function tellData(dataset: Dataset): void {
  const { task, classes, warnings } = dataset;
  tell({ kind: 'data', task, classes, splits: splitSummaries(dataset) });
  for (const text of warnings) tell({ kind: 'warning', text });
}

function use(next: Ready): void {
  void predicting?.then((lanes) => lanes.close());
  predicting = undefined;
  ready = next;
}

function current(): Ready {
  if (!ready) throw internal('there is no classifier yet');
  return ready;
}

/** One lane: a few dropped images are not worth a core each. */
function loadPredicting(): Promise<Lanes> {
  const { classifier, weights } = current();
  const model = encodeOnnx(forwardModel(classifier, weights, { input: 'uint8', size: 'own' }));
  return startLanes([model], { most: 1 });
}

function describe({ adapter: { task, classes, height, width, method } }: Ready): ReadyModel {
  return { task, classes, size: [height, width], method };
}

function curvesOf(classifier: Classifier, { targets, probabilities }: SplitOutcome): RocView[] {
  const { task, classes } = classifier;
  const outputs = outputsOf(task, classes);
  const images = Array.from({ length: targets.length / outputs }, (_, i) => {
    const row = (values: Float32Array) => values.subarray(i * outputs, (i + 1) * outputs);
    return { labels: labelsOf(classifier, row(targets)), probabilities: perClass(task, row(probabilities)) };
  });
  return rocsOf({ classes, images });
}
