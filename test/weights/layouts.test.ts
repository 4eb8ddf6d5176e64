/** Files as real libraries lay them out, by their names and shapes alone: does every weight find its place? */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TransfuseError } from '../../src/errors.js';
import { architectures } from '../../src/models/architectures/index.js';
import { recogniseArchitecture } from '../../src/models/from-weights/index.js';
import { match } from '../../src/models/from-weights/match.js';
import { targetsOf } from '../../src/models/from-weights/targets.js';
import {
  byLayer,
  kerasLayer,
  pytorchLayer,
  type StoredLayer,
  type StoredWeight,
  type WeightFile,
} from '../../src/weights/weight-file.js';

/** Where a weight is in the file, how it is stored, and which weight of the network it is. */
type Row = [place: string, shape: number[], truth: string];

const layouts = Object.fromEntries(
  ['keras', 'tf_keras', 'torch'].map((library) => [
    library,
    JSON.parse(readFileSync(`test/golden/weights/layouts-${library}.json`, 'utf8')) as Record<string, Row[]>,
  ]),
);

interface Truth extends StoredWeight {
  readonly truth: string;
}

const weight = (name: string, [, shape, truth]: Row): Truth => ({
  name,
  shape,
  truth,
  read: () => Promise.reject(new Error('nothing is read here')),
});

function groupBy(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

/** `layer|inner/kernel:0`, in the file's order. */
function listed(rows: readonly Row[]): WeightFile {
  const layers = groupBy(rows, ([place]) => place.replace(/\/[^/]*$/, ''));
  return {
    source: 'file.h5',
    framework: 'keras',
    naming: 'ordered',
    layers: [...layers].map(([place, ofLayer]) => {
      const [outer, inner] = place.split('|') as [string, string];
      const weights = ofLayer.map((row) => weight(row[0].replace(/^.*\//, '').replace(/:0$/, ''), row));
      return kerasLayer(outer.startsWith('mobilenetv2_') ? inner : outer, weights);
    }),
    close: async () => undefined,
  };
}

/** `name|layers/conv2d_1/vars/0`, the name empty in files that do not keep it. */
function grouped(rows: readonly Row[]): WeightFile {
  const layers = groupBy(rows, ([place]) => place.replace(/\/vars\/\d+$/, ''));
  return {
    source: 'file.weights.h5',
    framework: 'keras',
    naming: rows.every(([place]) => !place.startsWith('|')) ? 'named' : 'numbered',
    layers: [...layers].map(([place, ofLayer]) => {
      const [name, group] = place.split('|layers/') as [string, string];
      return kerasLayer(
        name || group,
        ofLayer.map((row) => weight(row[0].replace(/^.*\//, ''), row)),
      );
    }),
    close: async () => undefined,
  };
}

function stateDict(rows: readonly Row[], naming: WeightFile['naming']): WeightFile {
  const weights = rows.map((row) => weight(row[0], row));
  const layers = [...byLayer(weights, '.')].map(([name, ofLayer]) => pytorchLayer(name, ofLayer));
  return { source: 'file.pth', framework: 'pytorch', naming, layers, close: async () => undefined };
}

/** MobileNetV3 and DenseNet had slashes, and capitals, in their names once. */
const plain = (truth: string) => truth.replaceAll('/BatchNorm', '_bn').replaceAll('/', '_').toLowerCase();

function misplaced(architecture: string, file: WeightFile): string[] {
  const { layers, problems } = match(architectures[architecture]!, file);
  expect(problems).toEqual([]);
  return targetsOf(architectures[architecture]!).flatMap(({ name, shapes }) =>
    [...shapes.keys()].flatMap((kind) => {
      const found = (layers.get(name) as StoredLayer).weights.find((other) => other.name === kind) as Truth;
      const wanted = `${name}.${kind}`;
      return plain(found.truth) === plain(wanted) ? [] : [`${wanted} got ${found.truth}`];
    }),
  );
}

const keras: [library: string, layout: string, architecture: string][] = [
  ['keras', 'inceptionv3.weights.h5', 'inceptionv3'],
  ['keras', 'resnet50v2.h5', 'resnet50v2'],
  ['keras', 'mobilenetv2, nested.h5', 'mobilenetv2'],
  ['keras', 'efficientnetb0.weights.h5', 'efficientnetb0'],
  ['tf_keras', 'inceptionv3.h5', 'inceptionv3'],
  ['tf_keras', 'densenet121.h5', 'densenet121'],
  ['tf_keras', 'mobilenetv3-small.h5', 'mobilenetv3-small'],
  ['tf_keras', 'mobilenetv3-small.weights.h5', 'mobilenetv3-small'],
];

test.each(keras)('%s, %s', (library, layout, architecture) => {
  const rows = layouts[library]![layout]!;
  const file = layout.endsWith('.weights.h5') ? grouped(rows) : listed(rows);
  expect(recogniseArchitecture(file).name).toBe(architecture);
  expect(misplaced(architecture, file)).toEqual([]);
});

test.each(['inceptionv3', 'resnet50v2'])(
  '%s, whose layers are only numbered in another order, is refused rather than mixed up',
  (name) => {
    const file = grouped(layouts.tf_keras![`${name}.weights.h5`]!);
    expect(() => recogniseArchitecture(file)).toThrow(
      /no names of layers.*save the model as \.keras or \.h5/,
    );
    expect(match(architectures[name]!, file).problems).not.toEqual([]);
  },
);

describe('PyTorch', () => {
  test.each([
    ['resnet18, data parallel', 'resnet18'],
    ['resnet18, lightning', 'resnet18'],
    ['resnet18, children', 'resnet18'],
    ['resnet34', 'resnet34'],
    ['densenet121, early names', 'densenet121-torchvision'],
    ['mobilenetv2_100, timm', 'mobilenetv2-torchvision'],
  ])('%s', (layout, architecture) => {
    const file = stateDict(layouts.torch![layout]!, layout.endsWith('timm') ? 'named' : 'ordered');
    expect(recogniseArchitecture(file).name).toBe(architecture);
    expect(misplaced(architecture, file)).toEqual([]);
  });

  test('EfficientNets of timm, which pad in one of two ways, have to be told apart by whoever has them', () => {
    const file = stateDict(layouts.torch!['efficientnet_b0, timm']!, 'named');
    expect(() => recogniseArchitecture(file)).toThrow(
      /could be efficientnetb0 or efficientnetb0-torchvision; say which with --architecture/,
    );
    expect(misplaced('efficientnetb0-torchvision', file)).toEqual([]);
    expect(recogniseArchitecture(file, 'efficientnetb0').name).toBe('efficientnetb0');
  });

  test('what is missing, left over or of another shape is named', () => {
    const rows = layouts.torch!.resnet34!;
    const problems = (name: string, changed: readonly Row[]) =>
      match(architectures[name]!, stateDict(changed, 'ordered')).problems;
    expect(problems('resnet18', rows)).toContain('layer1.2.conv1 is left over');
    const without = rows.filter(([place]) => place !== 'layer3.4.bn2.running_var');
    expect(problems('resnet34', without)).toEqual(['layer3.4.bn2 has no variance']);
    const reshaped = rows.map(
      ([place, shape, truth]): Row => [place, place === 'conv1.weight' ? [64, 1, 7, 7] : shape, truth],
    );
    expect(problems('resnet34', reshaped)).toEqual(['conv1.kernel is [64,1,7,7] instead of [64,3,7,7]']);
    const biased: Row[] = [...rows, ['conv1.bias', [64], 'conv1.bias']];
    expect(problems('resnet34', biased)).toEqual(['conv1 has a bias too many']);
    expect(() => recogniseArchitecture(stateDict(without, 'ordered'))).toThrow(
      expect.objectContaining({
        code: 'unknown-architecture',
        message: expect.stringContaining('the nearest is resnet34, but layer3.4.bn2 has no variance'),
      }) as TransfuseError,
    );
  });
});
