/**
 * @file Whether heatmaps say something of the network and the image: randomised weights change them (the sanity check
 * of Adebayo et al., NeurIPS 2018), and they light where a planted feature is.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.js';
import { float32, type Tensor } from '../../src/graph/tensor.js';
import { loadBuiltin } from '../../src/models/builtin.js';
import { appendClassifier, type Classifier } from '../../src/models/classifier.js';
import { initialBuiltin } from '../../src/models/petri.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { Random } from '../../src/random.js';
import { graphRunner } from '../graph/run-graph.js';
import { explained, rankCorrelation } from './heatmaps.js';

const SIZE = 64;
const RADIUS = 7;
const EACH = 8;

interface Planted {
  readonly pixels: Uint8Array;
  readonly row: number;
  readonly column: number;
}

/** Grainy grey; with a feature, a dark ring somewhere on it. */
function drawn(seed: number, hasFeature: boolean): Planted {
  const random = new Random(seed, 77);
  const [row, column] = [random.integer(10, SIZE - 11), random.integer(10, SIZE - 11)];
  const pixels = new Uint8Array(SIZE * SIZE * 3);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const distance = Math.hypot(y - row, x - column);
      const onRing = hasFeature && Math.abs(distance - 4) < 2;
      const grey = random.integer(120, 180) - (onRing ? 90 : 0);
      pixels.fill(grey, (y * SIZE + x) * 3, (y * SIZE + x) * 3 + 3);
    }
  }
  return { pixels, row, column };
}

function joined(images: readonly Planted[]): Uint8Array {
  return Uint8Array.from(images.flatMap(({ pixels }) => [...pixels]));
}

describe('the built-in network, its head set to tell rings from none', () => {
  let classifier: Classifier;
  const fresh = Array.from({ length: EACH }, (_, i) => drawn(1000 + i, true));
  const ill = fresh.map(() => 1);

  beforeAll(async () => {
    const network = await loadBuiltin();
    const base = {
      network,
      preprocessing: preprocessings['minus-one-one'],
      height: SIZE,
      width: SIZE,
      task: 'binary',
      classes: ['none', 'ring'],
    } as const;
    // The head is the difference of the classes' mean features over their spread: linear discrimination.
    const graph = new Graph();
    const n = 4 * EACH;
    const pixels = graph.input('pixels', { dtype: 'uint8', shape: [n, SIZE, SIZE, 3] });
    const none = {
      kernel: float32(new Float32Array(network.features), [network.features, 1]),
      bias: float32([0]),
    };
    const { features } = appendClassifier(graph, pixels, { ...base, head: none }, { statistics: 'frozen' });
    const runner = await graphRunner(graph, [features]);
    const images = Array.from({ length: n }, (_, i) => drawn(i, i < n / 2));
    const [values] = await runner.run({
      pixels: { dtype: 'uint8', shape: pixels.shape, data: joined(images) },
    });
    await runner.release();
    const at = (i: number, k: number) => (values.data as Float32Array)[i * network.features + k];
    const kernel = Float32Array.from({ length: network.features }, (_, k) => {
      const mean = (from: number) => {
        let sum = 0;
        for (let i = 0; i < n / 2; i++) sum += at(from + i, k);
        return sum / (n / 2);
      };
      const [withRing, without] = [mean(0), mean(n / 2)];
      let variance = 1e-4;
      for (let i = 0; i < n; i++) variance += (at(i, k) - (i < n / 2 ? withRing : without)) ** 2 / n;
      return (withRing - without) / variance;
    });
    const most = Math.max(...kernel.map(Math.abs));
    const head = {
      kernel: float32(
        kernel.map((x) => x / most),
        [network.features, 1],
      ),
      bias: float32([0]),
    };
    classifier = { ...base, head };
  });

  test('Grad-CAM and SmoothGrad light at the ring', async () => {
    const maps = await explained(classifier, joined(fresh), ill, { samples: 8 });
    const hits = { gradCam: 0, smoothGrad: 0 };
    maps.forEach((explanation, i) => {
      for (const kind of ['gradCam', 'smoothGrad'] as const) {
        const { height, width, values } = explanation[kind]!;
        const cell = SIZE / height;
        const { row, column } = fresh[i];
        const near = (at: number) =>
          Math.hypot((Math.floor(at / width) + 0.5) * cell - row, ((at % width) + 0.5) * cell - column) <
          RADIUS + cell / 2;
        if (kind === 'gradCam') hits.gradCam += Number(near(values.indexOf(Math.max(...values))));
        else {
          // The mean heat near the ring against that elsewhere.
          const inside = values.filter((_, k) => near(k));
          const outside = values.filter((_, k) => !near(k));
          const mean = (list: Float32Array) => list.reduce((a, b) => a + b, 0) / list.length;
          hits.smoothGrad += Number(mean(inside) > 1.5 * mean(outside));
        }
      }
    });
    expect(hits.gradCam).toBeGreaterThanOrEqual(EACH - 1);
    expect(hits.smoothGrad).toBeGreaterThanOrEqual(EACH - 1);
  });

  test('randomised weights change both maps, slightly moved ones hardly', async () => {
    const maps = await explained(classifier, joined(fresh), ill, { samples: 8 });
    const similarity = async (other: Classifier) => {
      const others = await explained(other, joined(fresh), ill, { samples: 8 });
      const mean = (kind: 'gradCam' | 'smoothGrad') =>
        others.reduce((sum, map, i) => sum + rankCorrelation(map[kind]!.values, maps[i][kind]!.values), 0) /
        EACH;
      return { gradCam: mean('gradCam'), smoothGrad: mean('smoothGrad') };
    };
    const random = new Random(3);
    const nudged = (tensor: Tensor) =>
      (tensor.data as Float32Array).map((x) => x * (1 + 0.01 * random.normal()));
    const { kernel, bias } = classifier.head;
    const moved = await similarity({
      ...classifier,
      head: { kernel: float32(nudged(kernel), kernel.shape), bias },
    });
    expect(moved.gradCam).toBeGreaterThan(0.95);
    expect(moved.smoothGrad).toBeGreaterThan(0.95);

    const randomHead = {
      kernel: float32(
        (kernel.data as Float32Array).map(() => random.normal()),
        kernel.shape,
      ),
      bias,
    };
    const withRandomHead = await similarity({ ...classifier, head: randomHead });
    expect(withRandomHead.gradCam).toBeLessThan(0.5);
    expect(withRandomHead.smoothGrad).toBeLessThan(0.6);

    const withRandomNetwork = await similarity({ ...classifier, network: initialBuiltin(9) });
    expect(withRandomNetwork.gradCam).toBeLessThan(0.5);
    expect(withRandomNetwork.smoothGrad).toBeLessThan(0.6);
  });
});
