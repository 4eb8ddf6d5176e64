import { describe, expect, test } from 'vitest';
import type { Graph, Value } from '../../../src/graph/graph.js';
import { add } from '../../../src/graph/ops/add.js';
import { between } from '../../../src/graph/ops/between.js';
import { div } from '../../../src/graph/ops/div.js';
import { scalar } from '../../../src/graph/ops/elementwise.js';
import { elu } from '../../../src/graph/ops/elu.js';
import { exp } from '../../../src/graph/ops/exp.js';
import { hardSigmoid } from '../../../src/graph/ops/hard-sigmoid.js';
import { hardSwish } from '../../../src/graph/ops/hard-swish.js';
import { log } from '../../../src/graph/ops/log.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { neg } from '../../../src/graph/ops/neg.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { sigmoid } from '../../../src/graph/ops/sigmoid.js';
import { sqrt } from '../../../src/graph/ops/sqrt.js';
import { sub } from '../../../src/graph/ops/sub.js';
import { swish } from '../../../src/graph/ops/swish.js';
import { tanh } from '../../../src/graph/ops/tanh.js';
import { toBlocked } from '../../../src/graph/ops/to-blocked.js';
import { float32, sizeOf } from '../../../src/graph/tensor.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { createSession } from '../../../src/runtime/session.js';
import { block, blockedNames, everyNumber, expectSame, Sketch, unlessNone } from './both-forms.js';

const functions: Record<string, (graph: Graph, x: Value) => Value> = {
  Neg: neg,
  Sigmoid: sigmoid,
  Swish: swish,
  Tanh: tanh,
  HardSigmoid: (graph, x) => hardSigmoid(graph, x, { alpha: 1 / 6, beta: 1 / 2 }),
  HardSwish: hardSwish,
  Elu: (graph, x) => elu(graph, x, 0.7),
  'Between 0 and 0.3': (graph, x) => between(graph, x, { low: 0, high: 0.3 }),
  'Between, above -0.1': (graph, x) => between(graph, x, { low: -0.1 }),
};

describe.skipIf(block === 1)(`elementwise operators in the blocked layout ${unlessNone}`, () => {
  // The convolution behind it would show what the channels that fill a block contribute.
  test.each(Object.entries(functions))('%s, with a convolution behind it', async (_, form) => {
    for (const size of everyNumber) {
      const sketch = new Sketch();
      const y = form(sketch.graph, sketch.images(size));
      sketch.output(y, sketch.conv(y, 5));
      expect(blockedNames(sketch).filter((name) => name === 'Conv')).toEqual([]);
      await expectSame(sketch);
    }
  });

  const pairs: Record<string, (graph: Graph, a: Value, b: Value) => Value> = { add, sub, mul };

  test.each(Object.entries(pairs))('%s of images, and of images and a scalar', async (_, combine) => {
    for (const size of everyNumber) {
      const sketch = new Sketch();
      const { graph } = sketch;
      const [x, y] = [sketch.images(size, { n: 3 }), sketch.images(size, { n: 3 })];
      const number = scalar(graph, 1.5);
      sketch.output(
        combine(graph, x, y),
        combine(graph, combine(graph, x, number), combine(graph, number, y)),
        combine(graph, x, sketch.weight([1, 1, 1, 1])),
      );
      await expectSame(sketch);
    }
  });

  test.each(everyNumber)(
    'the mask of a ReLU after batch norm of %i channels, of what that had',
    async (size) => {
      const sketch = new Sketch();
      const { graph } = sketch;
      const x = sketch.images(size);
      const y = relu(graph, sketch.norm(x));
      const mask = between(graph, y, { low: 0 });
      sketch.output(y, mask, mul(graph, x, mask));
      expect(blockedNames(sketch)).not.toContain('Between');
      await expectSame(sketch);
    },
  );

  const otherMasks: Record<string, (sketch: Sketch, x: Value) => Value> = {
    'where nothing else needs that': ({ graph }, y) => between(graph, y, { low: 0 }),
    'with another limit': ({ graph }, y) => between(graph, y, { low: 0.1 }),
    'with two limits': ({ graph }, y) => between(graph, y, { low: 0, high: 1 }),
    'after a sum': ({ graph }, y) => between(graph, relu(graph, add(graph, y, y)), { low: 0 }),
  };

  test.each(Object.entries(otherMasks))('a mask %s stays as it is', async (name, mask) => {
    const sketch = new Sketch();
    const x = sketch.images(2 * block);
    const y = relu(sketch.graph, sketch.norm(x));
    sketch.output(mask(sketch, y));
    if (name !== 'where nothing else needs that') sketch.output(neg(sketch.graph, x));
    expect(blockedNames(sketch)).toContain('Between');
    await expectSame(sketch);
  });

  test('images that are fed enter the layout where they meet images in it', async () => {
    const sketch = new Sketch();
    const product = mul(sketch.graph, sketch.input([2, block + 4, 5, 7]), sketch.images(block + 4));
    sketch.output(sketch.conv(product, block));
    expect(blockedNames(sketch).filter((name) => name.endsWith('Blocked'))).toEqual([
      'ToBlocked',
      'FromBlocked',
    ]);
    await expectSame(sketch);
  });

  test('nothing enters the layout for an elementwise operator alone', () => {
    const sketch = new Sketch();
    const x = sketch.input([2, block, 5, 5]);
    sketch.output(mul(sketch.graph, sigmoid(sketch.graph, x), x));
    expect(blockedNames(sketch)).toEqual(['Sigmoid', 'Mul']);
  });

  test('images of fewer channels than can be reordered leave it', async () => {
    const sketch = new Sketch();
    const x = sketch.images(3);
    sketch.output(mul(sketch.graph, sketch.input([2, 3, 5, 7]), sigmoid(sketch.graph, x)));
    await expectSame(sketch);
  });
});

describe.skipIf(block === 1)(`channels that fill a block ${unlessNone}`, () => {
  const size = block + 4;

  // 1/0, log 0 and 0·∞ of zeros that only fill a block would reach every channel of the next convolution.
  const breaking: Record<string, (sketch: Sketch, x: Value) => Value> = {
    'a reciprocal': ({ graph }, x) => div(graph, scalar(graph, 1), add(graph, x, scalar(graph, 4))),
    'a quotient of images': ({ graph }, x) => div(graph, x, add(graph, sigmoid(graph, x), scalar(graph, 1))),
    'a logarithm': ({ graph }, x) => log(graph, sigmoid(graph, x)),
    'a root and its reciprocal': ({ graph }, x) =>
      div(graph, x, sqrt(graph, add(graph, mul(graph, x, x), scalar(graph, 1)))),
    exponentials: ({ graph }, x) => exp(graph, mul(graph, x, scalar(graph, 3))),
    'batch norm': (sketch, x) => sketch.norm(x),
    'a shift far from zero': ({ graph }, x) =>
      sub(graph, add(graph, x, scalar(graph, 64)), scalar(graph, 64)),
    'steps from a border that they lie on': ({ graph }, x) => between(graph, x, { low: 0 }),
  };

  test.each(Object.entries(breaking))('reach no other channel through %s', async (_, form) => {
    const sketch = new Sketch();
    const y = form(sketch, sketch.images(size));
    sketch.output(sketch.conv(y, block, { size: [1, 1] }), sketch.conv(y, 24));
    await expectSame(sketch, 3e-5);
  });

  test('are zeros where memory held something else before', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const [n, height, width] = [2, 5, 7];
    const broken = sketch.input([n, 2 * block, height, width]);
    sketch.output(reduceSum(graph, relu(graph, neg(graph, broken)), [0, 1, 2, 3]));
    sketch.output(neg(graph, toBlocked(graph, sketch.input([n, size, height, width]), block)));
    const nan = new Float32Array(sizeOf(broken.shape)).fill(Number.NaN);
    const feeds = {
      'input 0': float32(nan, broken.shape),
      'input 1': float32(new Float32Array(n * size * height * width).fill(3), [n, size, height, width]),
    };
    const session = await createSession(encodeOnnx(onnxFromGraph(graph)), { threads: 1 });
    for (let run = 0; run < 3; run++) {
      const { 'output 1': blocked } = await session.run(feeds);
      const filling = (blocked!.data as Float32Array).filter(
        (_, i) => Math.floor(i / (height * width * block)) % 2 === 1 && i % block >= size - block,
      );
      expect(filling).toHaveLength(n * height * width * (2 * block - size));
      expect(filling.every((value) => value === 0)).toBe(true);
    }
    await session.release();
  });
});
