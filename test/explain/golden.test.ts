/** @file Heatmaps of an imported network against Captum's of the same network in PyTorch (oracles/explain.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { choiceOf, pixelProgram, ports } from '../../src/explain/programs.js';
import { float32 } from '../../src/graph/tensor.js';
import type { Classifier } from '../../src/models/classifier.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import { readOnnx } from '../../src/onnx/read.js';
import { createSession } from '../../src/runtime/session.js';
import { explained } from './heatmaps.js';

interface Golden {
  readonly height: number;
  readonly width: number;
  /** [2,height,width,3] */
  readonly pixels: readonly number[];
  readonly headKernel: readonly number[];
  readonly headBias: readonly number[];
  readonly classes: readonly {
    readonly shape: readonly number[];
    readonly gradCam: readonly number[];
    /** [2,height,width,3], with respect to pixels from 0 to 1. */
    readonly gradient: readonly number[];
  }[];
}

const folder = path.join(import.meta.dirname, '../golden/explain');
const golden = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Golden;
const { height, width } = golden;
const images = Uint8Array.from(golden.pixels);
const names = ['a', 'b', 'c'];

function close(actual: Float32Array, expected: readonly number[]): void {
  const most = Math.max(...expected.map(Math.abs));
  expect(actual.length).toBe(expected.length);
  expect(Math.max(...expected.map((x, i) => Math.abs(x - actual[i])))).toBeLessThan(2e-5 * most);
}

describe('a network with swish, from PyTorch', () => {
  let classifier: Classifier;
  beforeAll(async () => {
    const network = importNetwork(await readOnnx(path.join(folder, 'network.onnx')));
    const head = { kernel: float32(golden.headKernel, [10, 3]), bias: float32(golden.headBias) };
    const preprocessing = preprocessings.unit;
    classifier = { network, head, preprocessing, height, width, task: 'multi-class', classes: names };
  });

  test.each([0, 1, 2])('Grad-CAM of class %i equals Captum’s', async (k) => {
    const [first, second] = await explained(classifier, images, [k, k]);
    const { shape, gradCam } = golden.classes[k];
    expect([first.gradCam.height, first.gradCam.width]).toEqual(shape.slice(2));
    close(Float32Array.from([...first.gradCam.values, ...second.gradCam.values]), gradCam);
  });

  test('each image is asked about its own class', async () => {
    const [first, second] = await explained(classifier, images, [2, 0]);
    const half = golden.classes[0].gradCam.length / 2;
    close(first.gradCam.values, golden.classes[2].gradCam.slice(0, half));
    close(second.gradCam.values, golden.classes[0].gradCam.slice(half));
  });

  test.each([0, 1, 2])('the pixel gradient of class %i equals Captum’s', async (k) => {
    const session = await createSession(pixelProgram(classifier, new Map(), 2), { threads: 1 });
    const choice = choiceOf(classifier, k);
    const results = await session.run({
      [ports.pixels]: float32(Float32Array.from(images), [2, height, width, 3]),
      [ports.choice]: float32([...choice, ...choice], [2, 3]),
    });
    await session.release();
    const gradient = results[ports.pixelGradient]!.data as Float32Array;
    close(
      gradient.map((x) => x * 255),
      golden.classes[k].gradient,
    );
  });
});
