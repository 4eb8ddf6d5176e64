import { describe, expect, it } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.js';
import type { Statistics } from '../../src/graph/network.js';
import { add } from '../../src/graph/ops/add.js';
import { relu } from '../../src/graph/ops/relu.js';
import { float32 } from '../../src/graph/tensor.js';
import { keras } from '../../src/models/architectures/conventions.js';
import { networkOf, randomSupply } from '../../src/models/blueprint.js';
import { appendClassifier, type Classifier } from '../../src/models/classifier.js';
import { initialHead } from '../../src/models/head.js';
import type { Layers } from '../../src/models/layers.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { stochasticDepthMask } from '../../src/models/stochastic-depth.js';
import { Random } from '../../src/random.js';
import { evaluationProgram, stepProgram } from '../../src/training/program.js';
import { createStepper } from '../../src/training/stepper.js';
import { runGraph } from '../graph/run-graph.js';

const SIZE = 8;
const BATCH = 6;
const RATES = [0.25, 0.5];

describe('the mask', () => {
  const count = 20_000;
  const mask = stochasticDepthMask(count, RATES, [1, 2, 3]);

  it('drops each branch at its rate, and makes the rest larger by as much', () => {
    RATES.forEach((rate, branch) => {
      const factors = mask.filter((_, i) => i % RATES.length === branch);
      expect([...new Set(factors)].toSorted()).toEqual([0, Math.fround(1 / (1 - rate))]);
      const mean = factors.reduce((sum, factor) => sum + factor, 0) / count;
      // Five standard errors of a factor whose variance is rate / (1 − rate).
      expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(rate / (1 - rate) / count));
    });
  });

  it('is the same for the same seed only', () => {
    expect(stochasticDepthMask(count, RATES, [1, 2, 3])).toEqual(mask);
    expect(stochasticDepthMask(count, RATES, [1, 2, 4])).not.toEqual(mask);
  });
});

describe('a training step', () => {
  it('drops branches with batch statistics only, as Keras does in training mode', () => {
    const dropRates = (statistics: Statistics) => step(statistics).dropRates;
    expect(dropRates('batch')).toEqual(RATES);
    expect(dropRates('frozen')).toEqual([]);
  });

  it('drops those that its seed says', async () => {
    const seed = [7, 0, 1];
    const steps = [step('batch')];
    const { trained, moving } = steps[0]!;
    const fed = [...trained, ...moving.flatMap(({ mean, variance }) => [mean, variance])];
    const tensors = new Map(classifier.network.parameters.map(({ name, tensor }) => [name, tensor]));
    const stepper = await createStepper({
      steps,
      evaluation: evaluationProgram(classifier, { fed, weights: new Map(), batch: BATCH }),
      optimiser: { name: 'sgd' },
      snapshot: { parameters: new Map(fed.map((name) => [name, tensors.get(name)!])), optimiser: new Map() },
      dropout: 0,
      features: classifier.network.features,
      outputs: 1,
      threads: 1,
    });
    try {
      const batch = {
        images,
        targets: new Float32Array(BATCH),
        weights: new Float32Array(BATCH).fill(1 / BATCH),
        size: BATCH,
      };
      const { logits } = await stepper.step(batch, 0, seed);
      const again = await stepper.step(batch, 0, seed);
      const other = await stepper.step(batch, 0, [7, 0, 2]);
      expect(again.logits).toEqual(logits);
      expect(other.logits).not.toEqual(logits);
      const expected = await logitsWith(stochasticDepthMask(BATCH, RATES, seed));
      logits.forEach((logit, i) => {
        expect(logit).toBeCloseTo(expected[i]!, 5);
      });
    } finally {
      await stepper.close();
    }
  });
});

/** Two residual branches that stochastic depth may drop. */
function forward(layers: Layers, input: Value): Value {
  const { graph } = layers;
  const block = (name: string, x: Value) =>
    relu(graph, layers.norm(`${name}.bn`, layers.conv(name, x, 4, { kernel: 3, padding: 'same' })));
  return RATES.reduce(
    (x, rate, i) => add(graph, x, layers.stochasticDepth(block(`branch${i}`, x), rate)),
    block('stem', input),
  );
}

const blueprint = { name: 'branches', minimumSize: SIZE, conventions: keras, forward };

const classifier: Classifier = {
  network: networkOf(blueprint, randomSupply(new Random(1)), ''),
  head: initialHead(4, 1, 2),
  preprocessing: preprocessings.unit,
  height: SIZE,
  width: SIZE,
  task: 'binary',
  classes: ['no', 'yes'],
};

const random = new Random(3);
const images = Uint8Array.from({ length: BATCH * SIZE * SIZE * 3 }, () => random.integer(0, 255));

function step(statistics: Statistics) {
  const trained = ['stem.bn.scale', 'branch1.bn.centre'];
  return stepProgram(classifier, { trained, statistics, dropout: 0, batch: BATCH, weights: new Map() });
}

/** The logits of the batch in training mode, with the given factors. */
async function logitsWith(factors: Float32Array): Promise<Float32Array> {
  const graph = new Graph();
  const pixels = graph.input('pixels', { dtype: 'uint8', shape: [BATCH, SIZE, SIZE, 3] });
  const keep = graph.input('keep', { dtype: 'float32', shape: [BATCH, RATES.length] });
  const { logits } = appendClassifier(graph, pixels, classifier, { statistics: 'batch', keep });
  const [result] = await runGraph(graph, [logits], {
    pixels: { dtype: 'uint8', shape: pixels.shape, data: images },
    keep: float32(factors, keep.shape),
  });
  return result!.data as Float32Array;
}
