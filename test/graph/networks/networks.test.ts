import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph, type Value } from '../../../src/graph/graph.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from '../../../src/graph/ops/cross-entropy.js';
import { float32, type Tensor } from '../../../src/graph/tensor.js';
import { checkGradients } from '../gradient-check.js';
import { runGraph } from '../run-graph.js';
import { architectures } from './architectures.js';
import { Layers, type Statistics } from './layers.js';
import { numbers } from './numbers.js';

interface Golden {
  readonly logits: number[];
  readonly loss: number;
  /** Of every trained weight; of the images only every fourth pixel of the first. */
  readonly gradients: Record<string, number[]>;
}

const images = numbers('images', [4, 3, 12, 12], -1, 1);
const weights = float32([0.25, 0.25, 0.5, 1]);
const oneHot = float32([1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0], [4, 3]);
const several = float32([1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 0], [4, 3]);

const cases = Object.keys(architectures).flatMap((name) =>
  (['frozen', 'batch'] as const).map((statistics) => ({ name, statistics })),
);

function lossOf(name: string, graph: Graph, logits: Value) {
  const build = name === 'inception' ? sigmoidCrossEntropy : softmaxCrossEntropy;
  const targets = graph.constant(name === 'inception' ? several : oneHot);
  return build(graph, logits, targets, graph.constant(weights));
}

describe.each(cases)('$name with $statistics statistics', ({ name, statistics }) => {
  test('loss and all gradients equal PyTorch’s', async () => {
    const golden = readGolden(name, statistics);
    const graph = new Graph();
    const x = graph.input('images', images);
    const trained = new Map([['images', x]]);
    const layers = new Layers(graph, statistics, (weight, tensor) => {
      const value = graph.parameter(weight, 'kernel', tensor);
      trained.set(weight, value);
      return value;
    });
    const logits = architectures[name]!(layers, x);
    const { loss } = lossOf(name, graph, logits);
    const gradients = differentiate(graph, loss, [...trained.values()]).map((gradient) => gradient!);
    const results = await runGraph(graph, [logits, loss, ...gradients], { images });

    expect([...trained.keys()].sort()).toEqual(Object.keys(golden.gradients).sort());
    expectClose('logits', numbersOf(results[0]!), golden.logits);
    expectClose('loss', numbersOf(results[1]!), [golden.loss]);
    [...trained.keys()].forEach((weight, i) => {
      const gradient = numbersOf(results[i + 2]!);
      const compared = weight === 'images' ? gradient.filter(isSampled) : gradient;
      expectClose(weight, compared, golden.gradients[weight]!);
    });
  });

  test('gradients equal finite differences in random directions', async () => {
    const drawn: Tensor[] = [];
    const record = new Graph();
    const recorder = new Layers(record, statistics, (_, tensor) => {
      drawn.push(tensor);
      return record.constant(tensor);
    });
    architectures[name]!(recorder, record.input('images', images));

    const build = (graph: Graph, [x, ...rest]: Value[]) => {
      const layers = new Layers(graph, statistics, () => rest.shift()!);
      return lossOf(name, graph, architectures[name]!(layers, x!)).perSample;
    };
    // A short step: there are kinks nearby in most networks.
    await checkGradients(build, [images, ...drawn], {
      step: 5e-4,
      tolerance: 2e-2,
      absoluteTolerance: 1e-3,
      elements: 0,
      directions: 2,
    });
  });
});

function readGolden(name: string, statistics: Statistics): Golden {
  const url = new URL(`../../golden/networks/${name}-${statistics}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

function numbersOf({ data }: Tensor): number[] {
  return Array.from(data as Float32Array);
}

/** Whether the oracle kept the gradient of this element of the images. */
function isSampled(_: number, i: number): boolean {
  return i < 3 * 144 && Math.floor(i / 12) % 4 === 0 && i % 4 === 0;
}

/** Equal to 1e-4 of the root mean square; those that are 0 but for rounding may differ by that. */
function expectClose(what: string, actual: number[], expected: number[]): void {
  expect(actual.length, what).toBe(expected.length);
  const rms = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)));
  expect(worst, `${what}, of root mean square ${rms}`).toBeLessThanOrEqual(1e-4 * rms + 1e-6);
}
