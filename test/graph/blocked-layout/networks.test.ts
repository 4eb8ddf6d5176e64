import { describe, expect, test } from 'vitest';
import type { Graph, Value } from '../../../src/graph/graph.js';
import { add } from '../../../src/graph/ops/add.js';
import { averagePool } from '../../../src/graph/ops/average-pool.js';
import { batchNormalizationTraining } from '../../../src/graph/ops/batch-normalization-training.js';
import { clip } from '../../../src/graph/ops/clip.js';
import { concat } from '../../../src/graph/ops/concat.js';
import { globalAveragePool } from '../../../src/graph/ops/global-average-pool.js';
import { hardSigmoid } from '../../../src/graph/ops/hard-sigmoid.js';
import { hardSwish } from '../../../src/graph/ops/hard-swish.js';
import { leakyRelu } from '../../../src/graph/ops/leaky-relu.js';
import { maxPool } from '../../../src/graph/ops/max-pool.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { sigmoid } from '../../../src/graph/ops/sigmoid.js';
import { softmax } from '../../../src/graph/ops/softmax.js';
import { swish } from '../../../src/graph/ops/swish.js';
import { smallNetwork } from '../../small-network.js';
import { block, blockedNames, type ConvOptions, expectSame, Sketch, unlessNone } from './both-forms.js';

type Activation = (graph: Graph, x: Value) => Value;

/** Layers on a sketch, with frozen statistics or the batch's. */
class Layers extends Sketch {
  constructor(private readonly statistics: 'frozen' | 'batch') {
    super();
  }

  override norm(x: Value): Value {
    if (this.statistics === 'frozen') return super.norm(x);
    const size = [x.shape[1]!];
    const [scale, centre] = [this.weight(size, 0.5, 1.5), this.weight(size)];
    return batchNormalizationTraining(this.graph, x, scale, centre, { epsilon: 1e-3 }).y;
  }

  unit(x: Value, filters: number, activation: Activation, options?: ConvOptions): Value {
    return activation(this.graph, this.norm(this.conv(x, filters, options)));
  }

  excited(x: Value, inner: Activation, gate: Activation): Value {
    const { graph } = this;
    const squeezed = this.conv(globalAveragePool(graph, x), 4, { size: [1, 1], bias: true });
    const options = { size: [1, 1], bias: true } as const;
    return mul(graph, x, gate(graph, this.conv(inner(graph, squeezed), x.shape[1]!, options)));
  }
}

const linear: Activation = (_, x) => x;
const relu6: Activation = (graph, x) => clip(graph, x, { min: 0, max: 6 });
const leaky: Activation = (graph, x) => leakyRelu(graph, x, 0.1);
const hard: Activation = (graph, x) => hardSigmoid(graph, x, { alpha: 1 / 6, beta: 1 / 2 });

/** Images of 3 channels, and blocks of `width`, to features. */
const networks: Record<string, (layers: Layers, images: Value, width: number) => Value> = {
  residual: (layers, images, width) => {
    const { graph } = layers;
    const x = layers.unit(images, width, relu, { strides: [2, 2] });
    const pooled = maxPool(graph, x, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    const inner = layers.unit(pooled, width, relu);
    const first = relu(graph, add(graph, layers.unit(inner, width, linear), pooled));
    const second = layers.unit(first, 2 * width, leaky, { strides: [2, 2] });
    const shortcut = layers.unit(first, 2 * width, linear, { size: [1, 1], strides: [2, 2] });
    return relu(graph, add(graph, shortcut, layers.unit(second, 2 * width, linear)));
  },
  dense: (layers, images, width) => {
    const { graph } = layers;
    const grown = (x: Value) => {
      const y = layers.conv(relu(graph, layers.norm(x)), 2 * width, { size: [1, 1] });
      return concat(graph, [x, layers.conv(relu(graph, layers.norm(y)), width)], 1);
    };
    const x = grown(grown(layers.unit(images, 2 * width, relu)));
    const halved = layers.conv(relu(graph, layers.norm(x)), 2 * width, { size: [1, 1] });
    return relu(graph, layers.norm(grown(averagePool(graph, halved, { kernel: [2, 2] }))));
  },
  'inverted, squeezed and excited': (layers, images, width) => {
    const { graph } = layers;
    const depthwise = { groups: 2 * width, size: [5, 5] } as const;
    const x = layers.unit(images, width, swish, { strides: [2, 2], pads: [0, 0, 1, 1] });
    const wide = layers.unit(layers.unit(x, 2 * width, swish, { size: [1, 1] }), 2 * width, swish, depthwise);
    const y = layers.unit(layers.excited(wide, swish, sigmoid), width, linear, { size: [1, 1] });
    const sum = add(graph, y, x);
    const next = layers.unit(layers.unit(sum, 2 * width, hardSwish, { size: [1, 1] }), 2 * width, relu6, {
      ...depthwise,
      strides: [2, 2],
    });
    return layers.unit(layers.excited(next, relu, hard), 2 * width, hardSwish, { size: [1, 1] });
  },
  'branches with pooling': (layers, images, width) => {
    const { graph } = layers;
    const x = layers.unit(images, width, relu, { size: [1, 7] });
    const pooled = averagePool(graph, x, { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] });
    const branches = [
      layers.unit(pooled, width, relu, { size: [1, 1] }),
      layers.unit(layers.unit(x, 24, relu, { size: [1, 1] }), width, relu, { size: [7, 1] }),
      layers.unit(x, width, relu, { groups: 1, dilations: [2, 2] }),
    ];
    const joined = concat(graph, branches, 1);
    const small = layers.unit(joined, width, relu, { strides: [2, 2], pads: [0, 0, 0, 0] });
    const largest = maxPool(graph, joined, { kernel: [3, 3], strides: [2, 2] });
    return concat(graph, [small, largest], 1);
  },
};

const cases = Object.keys(networks).flatMap((name) =>
  (['frozen', 'batch'] as const).flatMap((statistics) =>
    [block, block + 4, block / 2].map((width) => ({ name, statistics, width })),
  ),
);

describe.skipIf(block === 1)(`whole networks in the blocked layout ${unlessNone}`, () => {
  test.each(cases)(
    '$name of width $width with $statistics statistics',
    async ({ name, statistics, width }) => {
      const layers = new Layers(statistics);
      const { graph } = layers;
      const images = layers.input([3, 3, 15, 15]);
      const y = networks[name]!(layers, images, width);
      const [n, size] = y.shape as [number, number];
      const features = reshape(graph, globalAveragePool(graph, y), [n, size]);
      layers.outputGradients(softmax(graph, features, 1));
      layers.output(features);
      expect(graph.outputs.size).toBe(graph.parameters.size + graph.inputs.size + 1);
      expect(blockedNames(layers)).toContain('BlockedConv');
      await expectSame(layers, 1e-4);
    },
  );

  test.each([false, true])('the small network of other tests, with pooling: %s', async (pool) => {
    const sketch = new Sketch();
    const size = { batch: 4, height: 16, width: 16 };
    const images = sketch.input([4, 3, 16, 16]);
    const network = smallNetwork(3, { pool });
    const { features } = network.build(sketch.graph, images, { statistics: 'frozen', ...size });
    sketch.outputGradients(features);
    await expectSame(sketch, 1e-4);
  });
});
