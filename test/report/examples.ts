/** @file Reports of runs that never happened: simulated with a fixed seed, realistic in every part. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
  chooseOperatingPoints,
  chooseThresholds,
  compareAucs,
  evaluatePredictions,
  fitTemperature,
  measure,
  type Predictions,
} from '../../src/metrics/index.js';
import type {
  ComparisonData,
  LayerMovement,
  ReportData,
  ReportEpoch,
  ReportSplit,
  WrongImage,
} from '../../src/report/index.js';

const generator = xoroshiro128plus(20);
const uniform = () => uniformFloat64(generator);
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A white pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

function binaryPredictions(n: number, prevalence: number, separation: number): Predictions {
  const targets = Float32Array.from({ length: n }, () => Number(uniform() < prevalence));
  const probabilities = targets.map((y) => sigmoid(separation * (y - 0.4) + 2.2 * normal()));
  return { task: 'binary', classes: ['NORMAL', 'PNEUMONIA'], targets, probabilities };
}

function multiClassPredictions(n: number, classes: readonly string[]): Predictions {
  const rows = Array.from({ length: n }, () => {
    const truth = Math.floor(uniform() * classes.length);
    const raw = classes.map((_, k) =>
      Math.exp(
        1.4 * normal() + (k === truth ? 3.4 + 0.2 * k : 0) + (k === (truth + 1) % classes.length ? 1.2 : 0),
      ),
    );
    const sum = raw.reduce((a, b) => a + b);
    return { targets: classes.map((_, k) => Number(k === truth)), probabilities: raw.map((x) => x / sum) };
  });
  return {
    task: 'multi-class',
    classes,
    targets: Float32Array.from(rows.flatMap((row) => row.targets)),
    probabilities: Float32Array.from(rows.flatMap((row) => row.probabilities)),
  };
}

function multiLabelPredictions(n: number, classes: readonly string[]): Predictions {
  const targets = Float32Array.from({ length: n * classes.length }, () => Number(uniform() < 0.3));
  const probabilities = targets.map((y) => sigmoid(2.5 * (y - 0.6) + 1.5 * normal()));
  return { task: 'multi-label', classes, targets, probabilities };
}

/** Both splits, with threshold, operating points and temperature chosen on the first. */
function evaluated(validation: Predictions, test: Predictions): ReportSplit[] {
  const chosen = {
    thresholds: chooseThresholds(validation),
    points: chooseOperatingPoints(validation),
    temperature: fitTemperature(validation),
    resamples: 60,
  };
  return [
    { name: 'validation', ...validation },
    { name: 'test', ...test },
  ].map(({ name, ...predictions }) => ({
    name,
    targets: predictions.targets,
    probabilities: predictions.probabilities,
    metrics: measure(predictions, chosen),
  }));
}

export function history(headEpochs: number, laterEpochs: number): ReportEpoch[] {
  let loss = 0.45;
  return Array.from({ length: headEpochs + laterEpochs }, (_, i): ReportEpoch => {
    const inHead = i < headEpochs;
    loss *= inHead ? 0.75 : 0.82;
    return {
      phase: inHead ? 'head' : 'scale, centre and head',
      epoch: i + 1,
      learningRate: i > headEpochs + 6 ? 2e-4 : 1e-3,
      trainLoss: loss + 0.01 * uniform(),
      validationLoss: loss + 0.05 + 0.01 * normal() + 0.012 * Math.max(0, i - headEpochs - 6),
      validationAuc: 0.996 - 0.08 * Math.exp(-i / 3.2) - 0.002 * uniform(),
      seconds: inHead ? 21 + uniform() : 38 + 2 * uniform(),
      imagesPerSecond: inHead ? 210 : 118 + 4 * uniform(),
      waitedFraction: 0.01 * uniform(),
      best: i === headEpochs + laterEpochs - 4,
    };
  });
}

function layers(count: number): LayerMovement[] {
  return Array.from({ length: count }, (_, i) => ({
    layer: i === 0 ? 'features.0.1' : `features.${1 + Math.floor(i / 3)}.conv.${i % 3}.bn`,
    scaleChange: 0.01 + 0.05 * Math.abs(normal()) * (0.3 + i / count),
    centreChange: 0.03 + 0.12 * Math.abs(normal()) * (1.2 - i / count),
  }));
}

function wrongImages(classes: readonly string[]): WrongImage[] {
  return Array.from({ length: 12 }, (_, i) => ({
    id: `test/${classes[i % classes.length]}/person${100 + 7 * i}_bacteria_${475 + i}.jpeg`,
    dataUrl: PIXEL,
    target: classes[i % classes.length],
    predicted: classes[(i + 1) % classes.length],
    probability: 0.999 - 0.011 * i,
  }));
}

const headRoles = ['head-kernel', 'head-bias'];
const method: ReportData['method'] = {
  name: 'fc-then-bn',
  phases: [
    {
      name: 'head',
      trains: headRoles,
      statistics: 'frozen',
      learningRate: 1e-3,
      maxEpochs: 1,
      parameters: 1281,
    },
    {
      name: 'scale, centre and head',
      trains: ['bn-scale', 'bn-centre', ...headRoles],
      statistics: 'frozen',
      learningRate: 1e-3,
      maxEpochs: 500,
      parameters: 35_393,
    },
  ],
  roles: [
    { role: 'kernel', trained: 0, frozen: 2_189_760 },
    { role: 'bn-scale', trained: 17_056, frozen: 0 },
    { role: 'bn-centre', trained: 17_056, frozen: 0 },
    { role: 'bn-mean', trained: 0, frozen: 17_056 },
    { role: 'bn-variance', trained: 0, frozen: 17_056 },
    { role: 'head-kernel', trained: 1280, frozen: 0 },
    { role: 'head-bias', trained: 1, frozen: 0 },
  ],
};

export function binaryReport(): ReportData {
  const classes = ['NORMAL', 'PNEUMONIA'];
  return {
    name: 'cxr-bn-seed1',
    task: 'binary',
    classes,
    model: { name: 'mobilenetv2-imagenet', hash: '3a5f1e0c9b7d2468'.repeat(4), inputSize: [128, 128] },
    method,
    dataset: {
      source: 'data/chest_xray',
      groupedBy: 'patient',
      splits: [
        { name: 'train', images: 4694, groups: 2310, perClass: [1207, 3487] },
        { name: 'validation', images: 522, groups: 256, perClass: [134, 388] },
        { name: 'test', images: 624, groups: 408, perClass: [234, 390] },
      ],
    },
    history: history(1, 12),
    splits: evaluated(binaryPredictions(522, 0.74, 7), binaryPredictions(624, 0.625, 5.4)),
    mostWrong: wrongImages(classes),
    layers: layers(52),
    config:
      'data: data/chest_xray\nmodel: mobilenetv2-imagenet.onnx\nmethod: fc-then-bn\nsize: [128, 128]\nbatch: 64\nseed: 1\n',
    environment: {
      commandLine:
        'transfuse train data/chest_xray --model mobilenetv2-imagenet.onnx --method fc-then-bn --size 128 --seed 1 --out runs/cxr-bn-seed1',
      version: '0.1.0',
      seed: 1,
      seconds: 512.3,
      threads: 2,
      started: '2025-11-23T10:14:05Z',
      facts: { Node: 'v20.20.0', 'ONNX Runtime': '1.30.0' },
    },
    warnings: [
      '3 files could not be read and were left out: train/NORMAL/IM-0001.jpeg, train/NORMAL/broken.jpeg, train/PNEUMONIA/empty.jpeg.',
      'The validation folder has only 16 images: 10 % of the training images were held out instead.',
    ],
  };
}

export function multiClassReport(
  classes = [
    'basophil',
    'eosinophil',
    'erythroblast',
    'immature granulocyte',
    'lymphocyte',
    'monocyte',
    'neutrophil',
    'platelet',
  ],
): ReportData {
  return {
    ...binaryReport(),
    name: 'blood-cells-b4',
    task: 'multi-class',
    classes,
    model: { name: 'efficientnetb4-imagenet', hash: '77aa'.repeat(16), inputSize: [160, 160] },
    method: { ...method, name: 'bn-and-fc', phases: method.phases.slice(1) },
    dataset: {
      source: 'data/blood-cells',
      splits: ['train', 'validation', 'test'].map((name, i) => {
        const each = [130, 30, 40][i];
        return { name, images: each * classes.length, perClass: classes.map(() => each) };
      }),
    },
    history: history(0, 18),
    splits: evaluated(multiClassPredictions(240, classes), multiClassPredictions(320, classes)),
    mostWrong: wrongImages(classes),
    layers: layers(96),
    warnings: [],
  };
}

export function multiLabelReport(): ReportData {
  const classes = ['Atelectasis', 'Cardiomegaly', 'Consolidation', 'Edema', 'Pleural Effusion'];
  return {
    ...multiClassReport(),
    name: 'chexpert-small',
    task: 'multi-label',
    classes,
    dataset: {
      source: 'CheXpert-v1.0-small/train.csv',
      groupedBy: 'patient',
      splits: [{ name: 'test', images: 500, groups: 320, perClass: [150, 140, 160, 155, 149] }],
    },
    splits: evaluated(multiLabelPredictions(300, classes), multiLabelPredictions(500, classes)),
    mostWrong: wrongImages(classes).map((image) => ({ ...image, predicted: `no ${image.target}` })),
  };
}

export function comparison(): ComparisonData {
  const { targets } = binaryPredictions(400, 0.5, 1);
  const plans = [
    {
      name: 'fc',
      description: 'Head only, on frozen features.',
      separation: 2.4,
      trained: 1281,
      epochs: history(8, 0),
      lag: 0.03,
    },
    {
      name: 'fc-then-bn',
      description: 'One epoch of the head, then scale and centre with it.',
      separation: 5,
      trained: 35_393,
      epochs: history(1, 9),
      lag: 0,
    },
    {
      name: 'fc-then-full',
      description: 'The head until it stops improving, then everything.',
      separation: 5.1,
      trained: 2_225_153,
      epochs: history(5, 6),
      lag: 0.001,
    },
  ];
  const runs = plans.map((plan) => {
    const probabilities = targets.map((y) => sigmoid(plan.separation * (y - 0.5) + 2 * normal()));
    const metrics = evaluatePredictions({
      task: 'binary',
      classes: ['clean', 'parasites'],
      targets,
      probabilities,
    });
    const epochs = plan.epochs.map((e) => ({ ...e, validationAuc: e.validationAuc! - plan.lag }));
    return { ...plan, probabilities, metrics, epochs };
  });
  const difference = (i: number, j: number) => {
    const { difference, pValue } = compareAucs(targets, runs[i].probabilities, runs[j].probabilities);
    return { first: runs[i].name, second: runs[j].name, difference, pValue };
  };
  return {
    title: 'Blood smears: three ways to fine-tune',
    summary: 'The built-in network on 1,200 drawn smears at 96 × 96 pixels; 400 more are the test.',
    rows: runs.map(({ name, description, trained, epochs, metrics }) => ({
      name,
      description,
      auc: metrics.auc,
      accuracy: metrics.accuracy ?? undefined,
      validationAuc: epochs.find((e) => e.best)?.validationAuc,
      trainedParameters: trained,
      totalParameters: 2_259_265,
      epochs: epochs.length,
      seconds: epochs.reduce((sum, e) => sum + e.seconds, 0),
      history: epochs,
      href: `${name}/report.html`,
    })),
    differences: [difference(1, 0), difference(2, 1), difference(2, 0)],
    notes: ['Every image is drawn by the program, with a seed.'],
  };
}
