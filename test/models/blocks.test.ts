import { describe, expect, test } from 'vitest';
import { architectures, createRandom } from '../../src/models/architectures/index.js';
import { blocksOf } from '../../src/models/blocks.js';
import { loadModel } from '../../src/models/catalogue.js';
import { initialBuiltin } from '../../src/models/petri.js';
import { sharedData } from '../shared-data.js';
import { stagedNetwork } from '../training/staged-network.js';

test('a block is a stage of one resolution; convolutions belong to the batch norm behind them', () => {
  const { count, of } = blocksOf(stagedNetwork(), { height: 12, width: 12 });
  expect(count).toBe(3);
  for (const stage of [0, 1, 2]) {
    for (const weight of ['kernel', 'bias', 'bn.scale', 'bn.centre', 'bn.mean', 'bn.variance']) {
      expect(of.get(`stage${stage}.${weight}`), `stage${stage}.${weight}`).toBe(stage);
    }
  }
});

test('the built-in network has four, of 1/2 to 1/16', () => {
  const { count, of } = blocksOf(initialBuiltin(1), { height: 64, width: 64 });
  expect(count).toBe(4);
  const names = ['stem.bn', 'block0.conv2.bn', 'block1.conv1.bn', 'block3.shortcut.bn', 'block6.conv2.bn'];
  expect(names.map((name) => of.get(`${name}.scale`))).toEqual([0, 0, 1, 2, 3]);
});

// ResNetV2 normalises only behind its first pooling.
describe.each([
  ['densenet121', 5],
  ['resnet50v2', 4],
  ['inceptionv3', 5],
  ['efficientnetb0', 5],
  ['mobilenetv2', 5],
  ['resnet18', 5],
])('%s', (name, blockCount) => {
  test(`has ${blockCount}, each of which holds batch norm, in the order of the forward pass`, () => {
    const network = createRandom(name, 1);
    const { size } = architectures[name]!;
    const { count, of } = blocksOf(network, { height: size, width: size });
    expect(count).toBe(blockCount);
    const norms = network.parameters.filter(({ role }) => role === 'bn-centre');
    const blocks = norms.map((norm) => of.get(norm.name)!);
    expect(new Set(blocks)).toEqual(new Set(Array(blockCount).keys()));
    expect(blocks).toEqual(blocks.toSorted((a, b) => a - b));
    expect(network.parameters.every((parameter) => of.has(parameter.name))).toBe(true);
  });
});

const onnx = sharedData('weights/mobilenetv2-imagenet.onnx');

test.skipIf(!onnx)(
  'an imported network has them, too (skipped where the shared weights are absent)',
  async () => {
    const { network } = await loadModel(onnx!);
    const { count, of } = blocksOf(network, { height: 224, width: 224 });
    expect(count).toBe(5);
    expect(of.size).toBe(network.parameters.length);
  },
);
