/** @file Heatmaps against their definitions, computed by hand from differences of the network's own outputs. */
import { beforeAll, describe, expect, test } from 'vitest';
import { lastFeatureMap } from '../../src/explain/feature-map.js';
import { gradCam, shown } from '../../src/explain/maps.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import { add } from '../../src/graph/ops/add.js';
import { globalAveragePool } from '../../src/graph/ops/global-average-pool.js';
import { reduceMax } from '../../src/graph/ops/reduce-max.js';
import { relu } from '../../src/graph/ops/relu.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { transpose } from '../../src/graph/ops/transpose.js';
import { float32 } from '../../src/graph/tensor.js';
import { appendClassifier, type Classifier } from '../../src/models/classifier.js';
import { Random } from '../../src/random.js';
import { randomImages, smallClassifier } from '../adapter/small-classifier.js';
import { graphRunner } from '../graph/run-graph.js';
import { explained } from './heatmaps.js';

/** Logits and last feature map of one image of pixels [H,W,3]. */
async function forwardOf(classifier: Classifier) {
  const { height, width } = classifier;
  const graph = new Graph();
  const pixels = graph.input('pixels', { dtype: 'float32', shape: [1, height, width, 3] });
  const { logits, images, features } = appendClassifier(graph, pixels, classifier, { statistics: 'frozen' });
  const map = lastFeatureMap(graph, images, features);
  const runner = await graphRunner(graph, [logits, map]);
  return {
    shape: map.shape,
    release: runner.release,
    async run(values: Float32Array) {
      const [logitsNow, mapNow] = await runner.run({ pixels: float32(values, [1, height, width, 3]) });
      return { logits: logitsNow.data as Float32Array, map: mapNow.data as Float32Array };
    },
  };
}

describe.each(['binary', 'multi-class', 'multi-label'] as const)('%s', (task) => {
  const classifier = smallClassifier({ task });
  const { height, width } = classifier;
  const image = randomImages(1, height, width, 3);

  test('Grad-CAM is the map weighted by mean gradients, which are those of a pooled head', async () => {
    const forward = await forwardOf(classifier);
    const { map } = await forward.run(Float32Array.from(image));
    await forward.release();
    const [, channels, h, w] = forward.shape;
    for (const k of classifier.classes.keys()) {
      // y = Σ kernel[c,k] · mean A[c] + bias, so that the mean of ∂y/∂A[c] over its pixels is kernel[c,k] / (h·w).
      const kernel = classifier.head.kernel.data as Float32Array;
      const outputs = classifier.head.kernel.shape[1];
      const weight = (c: number) =>
        ((task === 'binary' ? (k === 1 ? 1 : -1) * kernel[c] : kernel[c * outputs + k]) as number) / (h * w);
      const expected = Float32Array.from({ length: h * w }, (_, i) => {
        let sum = 0;
        for (let c = 0; c < channels; c++) sum += weight(c) * map[c * h * w + i];
        return Math.max(0, sum);
      });
      const [{ gradCam: heatmap }] = await explained(classifier, image, [k]);
      expect([heatmap.height, heatmap.width]).toEqual([h, w]);
      const most = Math.max(...expected, 1e-6);
      const errors = expected.map((x, i) => Math.abs(x - heatmap.values[i]));
      expect(Math.max(...errors)).toBeLessThan(1e-5 * most + 1e-9);
    }
  });

  test('SmoothGrad is the mean gradient at noisy copies, as finite differences give it', async () => {
    const samples = 3;
    const [low, high] = [Math.min(...image), Math.max(...image)];
    const copies = Array.from({ length: samples }, (_, s) => {
      const random = new Random(s, 0x6e6f6973);
      return Float32Array.from(image, (x) => x + 0.15 * (high - low) * random.normal());
    });
    const k = classifier.classes.length - 1;
    const [{ smoothGrad }] = await explained(classifier, image, [k], { samples });
    const forward = await forwardOf(classifier);
    const outputs = classifier.head.kernel.shape[1];
    const score = async (pixels: Float32Array) =>
      (await forward.run(pixels)).logits[Math.min(k, outputs - 1)];
    const rms = Math.sqrt(smoothGrad!.values.reduce((sum, x) => sum + x * x, 0) / smoothGrad!.values.length);
    const step = 0.5;
    for (const pixel of [0, 77, 201, height * width - 1]) {
      let heat = 0;
      for (let channel = 0; channel < 3; channel++) {
        let mean = 0;
        for (const copy of copies) {
          const at = (by: number) => copy.with(3 * pixel + channel, copy[3 * pixel + channel] + by);
          mean += ((await score(at(step))) - (await score(at(-step)))) / (2 * step) / samples;
        }
        heat += Math.abs(mean);
      }
      // A step may pass the kink of a ReLU.
      expect(Math.abs(heat - smoothGrad!.values[pixel])).toBeLessThan(0.05 * rms);
    }
    await forward.release();
  });
});

describe('images do not depend on their neighbours', () => {
  const classifier = smallClassifier();
  const { height, width } = classifier;
  const images = randomImages(7, height, width, 8);
  const rowSize = height * width * 3;
  let together: Awaited<ReturnType<typeof explained>>;
  beforeAll(async () => {
    together = await explained(classifier, images, [0, 1, 0, 1, 0, 1, 0], { samples: 2 });
  });

  test('seven together are as each by itself, and again', async () => {
    for (const i of [0, 3, 6]) {
      const row = images.slice(i * rowSize, (i + 1) * rowSize);
      const [alone] = await explained(classifier, row, [i % 2], { samples: 2 });
      expect(alone.gradCam).toEqual(together[i].gradCam);
      expect(alone.smoothGrad).toEqual(together[i].smoothGrad);
    }
  });
});

describe('the last feature map', () => {
  const build = (pool: (graph: Graph, map: Value) => Value) => {
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [2, 3, 6, 6] });
    const map = relu(graph, images);
    const pooled = pool(graph, map);
    return {
      map,
      found: lastFeatureMap(graph, images, reshape(graph, pooled, [2, pooled.shape.length && 3])),
    };
  };
  test('is found before global pooling', () => {
    const { map, found } = build(globalAveragePool);
    expect(found).toBe(map);
  });
  test('is found where mean and maximum of it are added', () => {
    const { map, found } = build((graph, x) =>
      add(graph, globalAveragePool(graph, x), reduceMax(graph, x, [2, 3])),
    );
    expect(found).toBe(map);
  });
  test('is the one with channels first', () => {
    const { map, found } = build((graph, x) => reduceMax(graph, transpose(graph, x, [0, 2, 3, 1]), [1, 2]));
    expect(found).toBe(map);
  });
  test('of a single pixel is none', () => {
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [1, 3, 4, 4] });
    const features = reshape(graph, globalAveragePool(graph, images), [1, 3]);
    expect(() => lastFeatureMap(graph, images, features)).toThrow(/no feature map of more than one pixel/);
  });
});

describe('arithmetic', () => {
  test('Grad-CAM cuts what speaks against the class', () => {
    const map = Float32Array.of(1, 2, 3, 4, 4, 3, 2, 1);
    const gradient = Float32Array.of(1, 1, 1, 1, -1, -1, -1, -1);
    expect(gradCam(map, gradient, [2, 2, 2]).values).toEqual(Float32Array.of(0, 0, 1, 3));
  });
  test('what is shown reaches from 0 to 1, and an empty map stays empty', () => {
    const heat = shown({ height: 2, width: 2, values: Float32Array.of(0, 1, 2, 4) }, 4, 4);
    expect(Math.max(...heat)).toBe(1);
    expect(heat[0]).toBe(0);
    expect(shown({ height: 1, width: 2, values: new Float32Array(2) }, 2, 2)).toEqual(new Float32Array(4));
  });
});
