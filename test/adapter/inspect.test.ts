import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportOnnx } from '../../src/adapter/export.js';
import { describeAdapter, describeRun, formatInspection } from '../../src/adapter/inspect.js';
import { describeNetwork, inspectModel } from '../../src/adapter/inspect-model.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import { conv } from '../../src/graph/ops/conv.js';
import { div } from '../../src/graph/ops/div.js';
import { mul } from '../../src/graph/ops/mul.js';
import { sub } from '../../src/graph/ops/sub.js';
import { transpose } from '../../src/graph/ops/transpose.js';
import { float32 } from '../../src/graph/tensor.js';
import { evaluatePredictions } from '../../src/metrics/index.js';
import { suggestPreprocessing } from '../../src/models/suggested-preprocessing.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import { smallNetwork } from '../small-network.js';
import { networkFile, smallAdapter, smallClassifier } from './small-classifier.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'transfuse-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function inspect(bytes: Uint8Array) {
  const file = path.join(folder, 'model.onnx');
  await writeFile(file, bytes);
  return inspectModel(file);
}

describe('a model', () => {
  test('that can be used is described with its parameters', async () => {
    const bytes = networkFile(1, 32);
    const inspection = await inspect(bytes);
    expect(inspection).toMatchObject({
      kind: 'model',
      name: 'model',
      file: {
        bytes: bytes.length,
        producer: 'pytorch',
        opset: 18,
        inputs: ['images float32[1,3,32,32]'],
        outputs: ['features float32[1,8]'],
        suggestedPreprocessing: { name: 'imagenet' },
      },
      network: { features: 8, batchNormLayers: 2 },
    });
    expect(inspection.network!.parameters).toEqual([
      { role: 'kernel', tensors: 2, values: 8 * 27 + 8 * 72 },
      ...(['bn-scale', 'bn-centre', 'bn-mean', 'bn-variance'] as const).map((role) => ({
        role,
        tensors: 2,
        values: 16,
      })),
    ]);
    expect(inspection.network).toEqual(describeNetwork(smallNetwork()));
    const text = formatInspection(inspection);
    expect(text).toContain(
      '\nUsable         yes: 8 features, 2 batch norms\nParameters     856\n  kernel       792 in 2\n',
    );
    expect(text).toContain('Preprocessing  probably imagenet');
  });

  test('without batch norm is described with the reason why it cannot be used', async () => {
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [1, 3, 8, 8] });
    graph.output('map', firstLayer(graph, images));
    const inspection = await inspect(encodeOnnx(onnxFromGraph(graph)));
    expect(inspection).toMatchObject({ problem: { code: 'no-batch-norm' }, file: { opset: 18 } });
    expect(inspection).not.toHaveProperty('network');
    expect(formatInspection(inspection)).toMatch(/^Usable {3}no: this model has no batch norm left/m);
  });

  test('that was exported by Transfuse says so, and whose it is', async () => {
    const classifier = smallClassifier({ task: 'multi-class' });
    const adapter = smallAdapter(classifier);
    const inspection = await inspect(exportOnnx(classifier, adapter.weights, { adapter }));
    expect(inspection).toMatchObject({
      exported: { classes: ['red', 'green', 'blue'], base: { source: 'small.onnx' } },
      problem: { code: 'exported-model' },
    });
    const text = formatInspection(inspection);
    expect(text).toContain('Task           multi-class: red, green, blue\n');
    expect(text).toContain(
      'no: it is fine-tuned and exported already; fine-tune its base, small.onnx, instead',
    );
  });

  test('that is none is an error', async () => {
    await expect(inspect(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))).rejects.toThrow(
      /not an ONNX file but an image/,
    );
  });
});

function firstLayer(graph: Graph, images: Value): Value {
  const kernel = graph.constant(float32(new Float32Array(12).fill(0.5), [4, 3, 1, 1]));
  const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;
  return conv(graph, images, kernel, undefined, window);
}

describe('the suggested preprocessing', () => {
  const channels = (graph: Graph, ...numbers: number[]) =>
    graph.constant(float32(numbers, [1, numbers.length, 1, 1]));
  const suggestion = (before: (graph: Graph, x: Value) => Value, producer = 'pytorch') => {
    const graph = new Graph();
    const x = graph.input('x', { dtype: 'float32', shape: [1, 3, 8, 8] });
    graph.output('map', firstLayer(graph, before(graph, x)));
    return suggestPreprocessing({ ...onnxFromGraph(graph), producer }).name;
  };

  test.each<[string, string, (graph: Graph, x: Value) => Value]>([
    ['imagenet', 'nothing', (_, x) => x],
    [
      'none',
      'a rescaling by 1/255 and a normalisation',
      (graph, x) => {
        const unit = mul(graph, x, channels(graph, 1 / 255));
        return div(
          graph,
          sub(graph, unit, channels(graph, 0.485, 0.456, 0.406)),
          channels(graph, 0.229, 0.224, 0.225),
        );
      },
    ],
    ['none', 'a subtraction of the mean', (graph, x) => sub(graph, x, channels(graph, 123.7, 116.3, 103.5))],
    [
      'none',
      'x / 127.5 − 1',
      (graph, x) => sub(graph, div(graph, x, channels(graph, 127.5)), channels(graph, 1)),
    ],
    [
      'unit',
      'a normalisation of unit pixels',
      (graph, x) => div(graph, sub(graph, x, channels(graph, 0.5, 0.5, 0.5)), channels(graph, 0.25)),
    ],
    [
      'unit',
      '1 − x, behind transpositions',
      (graph, x) => {
        const there = transpose(graph, x, [0, 2, 3, 1]);
        return transpose(graph, sub(graph, graph.constant(float32([1], [])), there), [0, 3, 1, 2]);
      },
    ],
  ])('is %s behind %s', (name, _, before) => {
    expect(suggestion(before)).toBe(name);
  });

  test('goes by the exporter where nothing is done to the pixels', () => {
    expect(suggestion((_, x) => x, 'tf2onnx')).toBe('minus-one-one');
  });
});

describe('an adapter and a run', () => {
  const adapter = describeAdapter(smallAdapter(smallClassifier()), 12345);
  const record = {
    ...{
      phase: 'head',
      epoch: 1,
      learningRate: 1e-3,
      trainLoss: 0.5,
      validationLoss: 0.4,
      validationAuc: 0.9,
    },
    ...{ validationAccuracy: 0.8, best: true, seconds: 12.4, imagesPerSecond: 30, waitedFraction: 0 },
  };
  const config = { data: 'cells', method: 'fc', augment: true };

  test('an adapter is counted and described', () => {
    expect(adapter).toMatchObject({
      bytes: 12345,
      tensors: 10,
      values: 8 * 8 + 9,
      method: 'fc-then-bn',
      height: 20,
    });
    expect(JSON.parse(JSON.stringify(adapter))).toEqual(adapter);
    const text = formatInspection(adapter);
    expect(text).toContain('Adapter        12.3 kB, 73 numbers in 10 tensors\n');
    expect(text).toContain('Base           small (small.onnx)\n');
    expect(text).toContain(
      'Task           binary: healthy, ill\nThresholds     0.4000\nImage size     20×24\n',
    );
  });

  test('a finished run shows its headline, its config and its adapter', () => {
    const test = evaluatePredictions({
      task: 'binary',
      classes: ['healthy', 'ill'],
      targets: Float32Array.of(0, 0, 1, 1),
      probabilities: Float32Array.of(0.1, 0.6, 0.55, 0.9),
    });
    const run = describeRun({
      folder: 'runs/x',
      config,
      history: [record, record],
      metrics: { test },
      adapter,
    });
    expect(run).toMatchObject({
      epochs: 2,
      seconds: 24.8,
      metrics: { test: { n: 4, auc: { value: 0.75 } } },
    });
    const text = formatInspection(run);
    expect(text).toMatch(/^State +finished, 2 epochs in 25 s$/m);
    expect(text).toMatch(/^On test +4 images, AUC 0.7500 \(/m);
    expect(text).toMatch(/^ {2}augment +true$/m);
    expect(text).toMatch(/^Adapter +12.3 kB/m);
  });

  test('a run under way is said to be so', () => {
    const run = describeRun({ folder: 'runs/x', config, history: [record] });
    expect(run.metrics).toEqual({});
    expect(formatInspection(run)).toMatch(/^State +not finished, 1 epoch in 12 s$/m);
  });
});
