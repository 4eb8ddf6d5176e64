import { describe, expect, test } from 'vitest';
import type { Graph, Value } from '../../../src/graph/graph.js';
import { add } from '../../../src/graph/ops/add.js';
import { channelAffine } from '../../../src/graph/ops/channel-affine.js';
import { channelScale } from '../../../src/graph/ops/channel-scale.js';
import { globalAveragePool } from '../../../src/graph/ops/global-average-pool.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { sigmoid } from '../../../src/graph/ops/sigmoid.js';
import { sub } from '../../../src/graph/ops/sub.js';
import type { Shape } from '../../../src/graph/tensor.js';
import { block, blockedNames, everyNumber, expectSame, Sketch, unlessNone } from './both-forms.js';

describe.skipIf(block === 1)(`a number per channel in the blocked layout ${unlessNone}`, () => {
  test.each(everyNumber)('scale, affine map and batch norm of %i channels', async (size) => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const x = sketch.images(size, { n: 3 });
    const scaled = channelScale(graph, x, sketch.weight([size]));
    const mapped = channelAffine(graph, x, sketch.weight([size]), sketch.weight([size]));
    sketch.output(scaled, mapped, sketch.norm(x));
    expect(blockedNames(sketch)).not.toContain('ChannelScale');
    expect(blockedNames(sketch)).not.toContain('ChannelAffine');
    expect(blockedNames(sketch)).not.toContain('BatchNormalization');
    await expectSame(sketch);
  });

  type Combine = (graph: Graph, a: Value, b: Value) => Value;
  const operators: Record<string, Combine> = { Mul: mul, Add: add, Sub: sub };
  const C = 2 * block;
  const vectors: { n: number; vector: Shape }[] = [
    { n: 2, vector: [1, C, 1, 1] },
    { n: 2, vector: [C, 1, 1] },
    { n: 2, vector: [2, C, 1, 1] },
    { n: 1, vector: [1, C, 1, 1] },
    { n: 1, vector: [C, 1, 1] },
    { n: C, vector: [C, 1, 1] },
    { n: C, vector: [C, C, 1, 1] },
  ];
  const cases = Object.keys(operators).flatMap((op) => vectors.map((row) => ({ op, ...row })));

  test.each(cases)('$op of $n images and $vector, on either side', async ({ op, n, vector }) => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const x = sketch.images(C, { n });
    const numbers = sketch.weight(vector);
    const combine = operators[op]!;
    sketch.output(combine(graph, x, numbers), combine(graph, numbers, x));
    expect(blockedNames(sketch)).not.toContain(op);
    await expectSame(sketch);
  });

  const otherwise: { n: number; size: number; vector: Shape }[] = [
    { n: block, size: block, vector: [block, 1, 1, 1] },
    { n: 2, size: block, vector: [2, 1, 1, 1] },
    { n: 2, size: block, vector: [2, 1, 5, 7] },
    { n: 2, size: block, vector: [7] },
    { n: 2, size: block, vector: [block, 5, 1] },
    { n: 2, size: block + 4, vector: [1, block + 4, 1, 1] },
    { n: 2, size: block + 4, vector: [2, block + 4, 1, 1] },
    { n: 1, size: 3, vector: [3, 1, 1] },
  ];

  test.each(otherwise)('$n images of $size channels and $vector, in plain form', async (row) => {
    const sketch = new Sketch();
    const x = sketch.images(row.size, { n: row.n });
    const numbers = sketch.weight(row.vector);
    const { graph } = sketch;
    sketch.output(mul(graph, x, numbers), add(graph, numbers, x), sub(graph, x, numbers));
    expect(blockedNames(sketch)).toContain('Mul');
    await expectSame(sketch);
  });

  test('images of one pixel, combined with each other', async () => {
    for (const n of [1, 2, block]) {
      const sketch = new Sketch();
      const { graph } = sketch;
      const x = globalAveragePool(graph, sketch.images(block, { n }));
      const y = sigmoid(graph, globalAveragePool(graph, sketch.images(block, { n })));
      sketch.output(mul(graph, x, y), add(graph, x, y), sub(graph, y, x), mul(graph, x, x));
      await expectSame(sketch);
    }
  });

  test('a pixel that is repeated over images that are fed', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const pixel = globalAveragePool(graph, sketch.images(block));
    sketch.output(mul(graph, sketch.input([2, block, 5, 7]), pixel), pixel);
    await expectSame(sketch);
  });

  test('an activation joins the convolution that adds a number per channel, not one per image and channel', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const x = sketch.images(C);
    const perChannel = add(graph, x, sketch.weight([1, C, 1, 1]));
    const perImage = add(graph, x, sketch.weight([2, C, 1, 1]));
    sketch.output(relu(graph, perChannel), relu(graph, perImage));
    expect(blockedNames(sketch).filter((name) => name === 'Relu')).toHaveLength(1);
    await expectSame(sketch);
  });
});

describe.skipIf(block === 1)(`sums over images in the blocked layout ${unlessNone}`, () => {
  const cases = everyNumber.flatMap((size) => [1, 2, 3].map((n) => ({ size, n })));

  test.each(cases)('of $n images of $size channels', async ({ size, n }) => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const x = sketch.images(size, { n });
    sketch.output(reduceSum(graph, x, [0, 2, 3]), reduceSum(graph, x, [2, 3]));
    expect(blockedNames(sketch)).not.toContain('FromBlocked');
    await expectSame(sketch);
  });

  test.each(cases)('of products of $n images of $size channels', async ({ size, n }) => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const [x, y] = [sketch.images(size, { n }), sketch.images(size, { n })];
    sketch.output(reduceSum(graph, mul(graph, x, y), [0, 2, 3]), reduceSum(graph, mul(graph, y, x), [2, 3]));
    expect(blockedNames(sketch)).not.toContain('Mul');
    await expectSame(sketch);
  });

  test('of a product that is used elsewhere, too', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const product = mul(graph, sketch.images(block + 4), sketch.images(block + 4));
    sketch.output(reduceSum(graph, product, [0, 2, 3]), reduceSum(graph, product, [2, 3]), product);
    expect(blockedNames(sketch)).toContain('BlockedPool');
    expect(blockedNames(sketch).filter((name) => name === 'Mul')).not.toHaveLength(0);
    await expectSame(sketch);
  });

  test('of a square, of a product with fed images, and of one with a number', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const x = sketch.images(block);
    const products = [x, sketch.input([2, block, 5, 7]), sketch.weight([])].map((y) => mul(graph, x, y));
    sketch.output(...products.map((product) => reduceSum(graph, product, [0, 2, 3])));
    await expectSame(sketch);
  });

  test('over other axes stay plain', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const x = sketch.images(block + 4);
    sketch.output(...[[1], [0], [2], [0, 1, 2, 3], [1, 2, 3]].map((axes) => reduceSum(graph, x, axes)));
    expect(blockedNames(sketch).filter((name) => name === 'ReduceSum')).toHaveLength(5);
    await expectSame(sketch);
  });
});
