import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph, type Value } from '../../../src/graph/graph.js';
import { countUses, liveNodes } from '../../../src/graph/live.js';
import { add } from '../../../src/graph/ops/add.js';
import { batchNormalization } from '../../../src/graph/ops/batch-normalization.js';
import { broadcastTo } from '../../../src/graph/ops/broadcast-to.js';
import { channelScale } from '../../../src/graph/ops/channel-scale.js';
import { concat } from '../../../src/graph/ops/concat.js';
import { conv } from '../../../src/graph/ops/conv.js';
import { globalAveragePool } from '../../../src/graph/ops/global-average-pool.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { rewrite } from '../../../src/graph/rewrite.js';
import { dropBroadcasts } from '../../../src/graph/rewrites/drop-broadcasts.js';
import { foldStatistics } from '../../../src/graph/rewrites/fold-statistics.js';
import { kernelGradients } from '../../../src/graph/rewrites/kernel-gradients.js';
import { nestConcats } from '../../../src/graph/rewrites/nest-concats.js';
import { pointwiseProducts } from '../../../src/graph/rewrites/pointwise-products.js';
import type { Role } from '../../../src/graph/role.js';
import type { Shape, Tensor } from '../../../src/graph/tensor.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { createSession } from '../../../src/runtime/session.js';
import { randomTensor } from '../random-tensor.js';

const names = (graph: Graph) => liveNodes(graph).map(({ op }) => op.name);
const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

/** Images through one convolution with batch norm and ReLU per kernel shape, each feeding the next. */
function network(...kernels: Shape[]): Graph {
  const graph = new Graph();
  let x = graph.input('images', { dtype: 'float32', shape: [2, kernels[0]![1]!, 4, 8] });
  kernels.forEach((kernel, i) => {
    const weight = (name: string, role: Role, shape: Shape, low: number, high: number) =>
      graph.parameter(`${i}.${name}`, role, randomTensor(shape, i + name.length, low, high));
    const channels = [kernel[0]!];
    const pad = (kernel[2]! - 1) / 2;
    const bias = i === 0 ? undefined : weight('bias', 'bias', channels, -1, 1);
    x = conv(graph, x, weight('kernel', 'kernel', kernel, -1, 1), bias, {
      ...plain,
      pads: [pad, pad, pad, pad],
    });
    x = batchNormalization(
      graph,
      x,
      weight('scale', 'bn-scale', channels, -1, 1),
      weight('centre', 'bn-centre', channels, -1, 1),
      weight('mean', 'bn-mean', channels, -3, 3),
      weight('variance', 'bn-variance', channels, 0.1, 3),
      { epsilon: 1e-3 },
    );
    x = relu(graph, x);
  });
  graph.output('loss', total(graph, x));
  return graph;
}

function total(graph: Graph, x: Value): Value {
  const product = mul(graph, x, graph.constant(randomTensor(x.shape, 9)));
  return reshape(graph, reduceSum(graph, product, [...x.shape.keys()]), []);
}

/** Names the gradients of the loss with respect to the given parameters as outputs. */
function withGradients(graph: Graph, trained: readonly string[]): Graph {
  const wanted = trained.map((name) => graph.parameters.get(name)!);
  differentiate(graph, graph.outputs.get('loss')!, wanted).forEach((gradient, i) => {
    graph.output(`gradient of ${trained[i]}`, gradient!);
  });
  return graph;
}

async function run(graph: Graph): Promise<Record<string, Tensor>> {
  const feeds = Object.fromEntries(
    [...graph.inputs].map(([name, { shape }], i) => [name, randomTensor(shape, 40 + i)]),
  );
  const session = await createSession(encodeOnnx(onnxFromGraph(kernelGradients(graph))), { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

async function expectSame(rewritten: Graph, original: Graph): Promise<void> {
  const [results, expected] = [await run(rewritten), await run(original)];
  expect(Object.keys(results)).toEqual(Object.keys(expected));
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(results[name]!.shape).toEqual(shape);
    const size = Math.max(...Array.from(data as Float32Array, Math.abs));
    data.forEach((value, i) => {
      const error = Math.abs(Number(value) - Number(results[name]!.data[i]));
      expect(error, `${name}[${i}]`).toBeLessThanOrEqual(1e-5 * size);
    });
  }
}

const trained = ['0.scale', '0.centre', '1.scale', '1.centre'];

test('a rewrite that replaces nothing copies what the outputs need, and leaves out the rest', async () => {
  const graph = network([4, 3, 3, 3], [2, 4, 1, 1]);
  const live = names(graph);
  relu(graph, graph.inputs.get('images')!);
  const copy = rewrite(graph, () => undefined);
  expect(copy.nodes.map(({ op }) => op.name)).toEqual(live);
  expect([...copy.parameters.keys()]).toEqual([...graph.parameters.keys()]);
  await expectSame(copy, graph);
});

test('uses are counted over live nodes and outputs', () => {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [2] });
  const y = add(graph, x, x);
  relu(graph, x);
  graph.output('y', y);
  expect([...countUses(graph)]).toEqual([
    [x, 2],
    [y, 1],
  ]);
});

describe('foldStatistics', () => {
  test('moves statistics into frozen kernels and biases; values and gradients stay', async () => {
    const build = () => network([4, 3, 3, 3], [2, 4, 1, 1]);
    const folded = foldStatistics(build(), new Set(trained));
    expect(names(folded)).not.toContain('BatchNormalization');
    withGradients(folded, trained);
    expect(names(folded)).not.toContain('BatchNormalization');
    await expectSame(folded, withGradients(build(), trained));
  });

  test('leaves alone a layer whose kernel trains', async () => {
    const all = ['0.kernel', ...trained];
    const folded = foldStatistics(network([4, 3, 3, 3], [2, 4, 1, 1]), new Set(all));
    expect(names(folded).filter((name) => name === 'BatchNormalization')).toHaveLength(1);
    await expectSame(withGradients(folded, all), withGradients(network([4, 3, 3, 3], [2, 4, 1, 1]), all));
  });

  test('leaves alone what is not behind a convolution of its own', () => {
    const graph = network([4, 3, 3, 3]);
    const before = liveNodes(graph).find(({ op }) => op.name === 'Conv')!.outputs[0]!;
    graph.output('also used here', before);
    expect(names(foldStatistics(graph, new Set()))).toContain('BatchNormalization');
  });
});

describe('dropBroadcasts', () => {
  test('the gradient of pooling is added and multiplied as it is', async () => {
    const build = () => {
      const graph = new Graph();
      const images = graph.input('images', { dtype: 'float32', shape: [2, 3, 4, 5] });
      const x = relu(graph, images);
      graph.output('loss', add(graph, total(graph, globalAveragePool(graph, x)), total(graph, x)));
      const [gradient] = differentiate(graph, graph.outputs.get('loss')!, [images]);
      graph.output('gradient', gradient!);
      return graph;
    };
    expect(names(build())).toContain('BroadcastTo');
    const rewritten = dropBroadcasts(build());
    expect(names(rewritten)).not.toContain('BroadcastTo');
    await expectSame(rewritten, build());
  });

  test('of two, one stays where both are needed for the shape', async () => {
    const graph = new Graph();
    const x = graph.input('x', { dtype: 'float32', shape: [1, 3] });
    const repeated = broadcastTo(graph, x, [4, 3]);
    graph.output('y', add(graph, repeated, repeated));
    const rewritten = dropBroadcasts(graph);
    expect(rewritten.outputs.get('y')!.shape).toEqual([4, 3]);
    await expectSame(rewritten, graph);
  });
});

describe('pointwiseProducts', () => {
  test('values and gradients stay; scales of gradients go into the kernels', async () => {
    const build = () =>
      withGradients(foldStatistics(network([4, 3, 1, 1], [2, 4, 1, 1]), new Set(trained)), trained);
    const rewritten = pointwiseProducts(build(), new Set(trained));
    expect(names(rewritten)).not.toContain('Conv');
    expect(names(build())).toContain('ChannelScale');
    expect(names(rewritten)).not.toContain('ChannelScale');
    await expectSame(rewritten, build());
  });

  test('what stands among constants stays', () => {
    const graph = pointwiseProducts(network([4, 3, 1, 1], [2, 4, 1, 1], [2, 2, 1, 1]), new Set(['1.centre']));
    expect(names(graph).filter((name) => name.includes('Conv'))).toEqual([
      'Conv',
      'PointwiseConv',
      'PointwiseConv',
    ]);
  });

  test('a scale that is needed elsewhere, too, stays', async () => {
    const graph = new Graph();
    const x = graph.input('x', { dtype: 'float32', shape: [2, 3, 4, 4] });
    const scaled = channelScale(graph, x, graph.parameter('scale', 'bn-scale', randomTensor([3], 1)));
    const kernel = graph.constant(randomTensor([2, 3, 1, 1], 2));
    const bias = graph.constant(randomTensor([2], 3));
    graph.output('y', relu(graph, conv(graph, scaled, kernel, bias, plain)));
    graph.output('scaled', scaled);
    const rewritten = pointwiseProducts(graph, new Set(['scale']));
    expect(names(rewritten)).toEqual(['ChannelScale', 'PointwiseConv', 'Relu']);
    await expectSame(rewritten, graph);
  });

  test.each([
    ['a larger kernel', [2, 3, 4, 4], [5, 3, 3, 3], {}],
    ['a stride', [2, 3, 8, 8], [5, 3, 1, 1], { strides: [2, 2] }],
    ['groups', [2, 4, 4, 4], [6, 2, 1, 1], { groups: 2 }],
    ['padding', [2, 3, 4, 4], [5, 3, 1, 1], { pads: [1, 1, 1, 1] }],
    ['many channels on images that do not fill vectors', [1, 512, 7, 7], [512, 512, 1, 1], {}],
  ] as [string, Shape, Shape, object][])('%s stays a convolution', (_, shape, kernel, attributes) => {
    const graph = new Graph();
    const x = graph.input('x', { dtype: 'float32', shape });
    const weights = graph.parameter('kernel', 'kernel', randomTensor(kernel, 2));
    graph.output('y', conv(graph, x, weights, undefined, { ...plain, ...attributes }));
    expect(names(pointwiseProducts(graph, new Set(['kernel'])))).toEqual(['Conv']);
  });
});

describe('nestConcats', () => {
  /** Each layer sees all before it, joined anew; with one join along another axis, and one in another order. */
  function dense(layers: number): Graph {
    const graph = new Graph();
    const pieces = [graph.input('images', { dtype: 'float32', shape: [2, 3, 4, 4] })];
    const joins: Value[] = [];
    for (let i = 0; i < layers; i++) {
      const channels = pieces.reduce((sum, { shape }) => sum + shape[1]!, 0);
      const kernel = graph.parameter(`${i}.kernel`, 'kernel', randomTensor([3, channels, 1, 1], i));
      joins.push(concat(graph, [...pieces], 1));
      pieces.push(relu(graph, conv(graph, joins.at(-1)!, kernel, undefined, plain)));
    }
    const others = [
      concat(graph, pieces.slice(0, 2), 2),
      concat(graph, [pieces[1]!, pieces[0]!, pieces[2]!], 1),
    ];
    const parts = [concat(graph, pieces, 1), ...others].map((join) => total(graph, join));
    graph.output(
      'loss',
      parts.reduce((a, b) => add(graph, a, b)),
    );
    return graph;
  }

  test('joins what is joined already as a whole; values and gradients stay, with fewer sums', async () => {
    const kernels = ['0.kernel', '1.kernel', '2.kernel', '3.kernel'];
    const [nested, original] = [nestConcats(dense(4)), dense(4)].map((graph) =>
      withGradients(graph, kernels),
    );
    const sizes = (graph: Graph) =>
      graph.nodes.filter(({ op }) => op.name === 'Concat').map(({ inputs }) => inputs.length);
    expect(sizes(original!)).toEqual([2, 3, 4, 2, 3, 5]);
    expect(sizes(nested!)).toEqual([2, 2, 2, 2, 3, 2]);
    const sums = (graph: Graph) => names(graph).filter((name) => name === 'Add').length;
    expect(sums(nested!)).toBeLessThan(sums(original!));
    await expectSame(nested!, original!);
  });
});
