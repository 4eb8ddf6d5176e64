import { describe, expect, test } from 'vitest';
import type { Graph, Value } from '../../../src/graph/graph.js';
import { add } from '../../../src/graph/ops/add.js';
import { channelAffine } from '../../../src/graph/ops/channel-affine.js';
import { channelScale } from '../../../src/graph/ops/channel-scale.js';
import { clip } from '../../../src/graph/ops/clip.js';
import { leakyRelu } from '../../../src/graph/ops/leaky-relu.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { relu } from '../../../src/graph/ops/relu.js';
import {
  block,
  blockedNames,
  type ConvOptions,
  channels,
  everyNumber,
  expectSame,
  Sketch,
  unlessNone,
} from './both-forms.js';

const count = (names: readonly string[], name: string) => names.filter((each) => each === name).length;

describe.skipIf(block === 1)(`convolutions in the blocked layout ${unlessNone}`, () => {
  const windows: Record<string, ConvOptions> = {
    '1×1': { size: [1, 1] },
    '3×3': {},
    '1×7': { size: [1, 7] },
    '7×1': { size: [7, 1] },
    'strided 1×1': { size: [1, 1], strides: [2, 2] },
    'strided 3×3': { strides: [2, 2] },
    'unevenly strided 3×3': { strides: [1, 3] },
    'unevenly padded': { pads: [0, 2, 1, 0] },
    'padded as TensorFlow does, strided': { strides: [2, 2], pads: [0, 0, 1, 1] },
    'padded 1×1': { size: [1, 1], pads: [1, 0, 2, 1] },
    dilated: { dilations: [2, 1] },
    'even 2×4': { size: [2, 4], pads: [0, 1, 1, 2] },
  };

  test.each(Object.entries(windows))('%s', async (_, options) => {
    const sketch = new Sketch();
    const x = sketch.input([2, 2 * block, 9, 7]);
    sketch.output(sketch.conv(x, 2 * block, options), sketch.conv(x, block + 4, { ...options, bias: true }));
    expect(blockedNames(sketch)).not.toContain('Conv');
    await expectSame(sketch);
  });

  test.each(everyNumber)('to %i channels and back', async (filters) => {
    const sketch = new Sketch();
    const x = sketch.conv(sketch.input([3, 3, 5, 7]), filters, { bias: true });
    sketch.output(sketch.conv(x, block), sketch.conv(x, 5, { size: [1, 1] }));
    expect(count(blockedNames(sketch), 'Conv')).toBe(0);
    await expectSame(sketch);
  });

  test.each([...channels.whole, ...channels.partlyFilled])('fed %i channels', async (depth) => {
    const sketch = new Sketch();
    sketch.output(sketch.conv(sketch.input([1, depth, 6, 5]), 24, { bias: true }));
    expect(blockedNames(sketch).filter((name) => /Blocked$/.test(name))).toEqual([
      'ToBlocked',
      'FromBlocked',
    ]);
    await expectSame(sketch);
  });

  test('channels that cannot be reordered stay as they are', async () => {
    const sketch = new Sketch();
    sketch.output(sketch.conv(sketch.input([2, block + 2, 5, 5]), 24));
    expect(blockedNames(sketch)).toContain('Conv');
    await expectSame(sketch);
  });

  test.each([
    { title: 'groups of whole blocks', depth: 2 * block, filters: 4 * block, groups: 2, isBlocked: true },
    { title: 'groups of parts of blocks', depth: 2 * block, filters: 2 * block, groups: 4, isBlocked: false },
    {
      title: 'groups whose filters are parts',
      depth: 2 * block,
      filters: block,
      groups: 2,
      isBlocked: false,
    },
    { title: 'depthwise', depth: 3 * block, filters: 3 * block, groups: 3 * block, isBlocked: true },
    {
      title: 'depthwise in parts of blocks',
      depth: block + 4,
      filters: block + 4,
      groups: block + 4,
      isBlocked: false,
    },
    { title: 'two filters to a channel', depth: block, filters: 2 * block, groups: block, isBlocked: false },
  ])('$title: blocked is $isBlocked', async ({ depth, filters, groups, isBlocked }) => {
    for (const options of [{}, { strides: [2, 2], bias: true }, { dilations: [2, 2] }] as ConvOptions[]) {
      const sketch = new Sketch();
      const x = sketch.images(depth, { height: 9, width: 6 });
      sketch.output(sketch.conv(x, filters, { groups, ...options }));
      expect(blockedNames(sketch).includes('Conv')).toBe(!isBlocked);
      await expectSame(sketch);
    }
  });

  test('the same value enters the layout once', async () => {
    const sketch = new Sketch();
    const x = sketch.input([2, 2 * block, 5, 5]);
    sketch.output(add(sketch.graph, sketch.conv(x, 24), sketch.conv(x, 24, { size: [1, 1] })));
    const names = blockedNames(sketch).filter((name) => !['Pad', 'Reshape', 'Transpose'].includes(name));
    expect(names).toEqual(['ToBlocked', 'BlockedConv', 'BlockedConv', 'FromBlocked']);
    await expectSame(sketch);
  });

  test('a chain enters once, leaves once, and needs no pass of its own for an activation', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    let x = sketch.conv(sketch.input([2, block + 4, 7, 5]), 2 * block);
    x = relu(graph, channelAffine(graph, x, sketch.weight([2 * block]), sketch.weight([2 * block])));
    sketch.output(sketch.conv(x, block + 4, { bias: true }));
    const names = blockedNames(sketch);
    expect([count(names, 'ToBlocked'), count(names, 'FromBlocked')]).toEqual([1, 1]);
    expect(count(names, 'BlockedConv')).toBe(3);
    expect(names).not.toContain('Relu');
    expect(names).not.toContain('ChannelAffine');
    await expectSame(sketch);
  });
});

type Step = (graph: Graph, x: Value) => Value;

describe.skipIf(block === 1)(`activations in the blocked layout ${unlessNone}`, () => {
  const activations: Record<string, Step> = {
    Relu: relu,
    Clip: (graph, x) => clip(graph, x, { min: -0.25, max: 0.5 }),
    'Clip from below': (graph, x) => clip(graph, x, { min: 0.125 }),
    'Clip from above': (graph, x) => clip(graph, x, { max: 0.125 }),
    LeakyRelu: (graph, x) => leakyRelu(graph, x, 0.2),
  };
  const operator = (title: string) => title.split(' ')[0]!;

  describe.each(Object.entries(activations))('%s', (title, activate) => {
    test.each([block / 2, block, block + 4])(
      'in the pass of a convolution to %i channels',
      async (filters) => {
        const sketch = new Sketch();
        const y = sketch.conv(sketch.input([2, 3, 5, 5]), filters, { bias: true });
        sketch.output(sketch.conv(activate(sketch.graph, y), 3));
        expect(blockedNames(sketch)).not.toContain(operator(title));
        await expectSame(sketch);
      },
    );

    test('in a pass of its own where something else needs what comes before', async () => {
      const sketch = new Sketch();
      const y = sketch.images(block + 4);
      sketch.output(activate(sketch.graph, y), mul(sketch.graph, y, y));
      expect(blockedNames(sketch)).toContain(operator(title));
      await expectSame(sketch);
    });

    test('in a pass of its own where what comes before is a result, too', async () => {
      const sketch = new Sketch();
      const y = sketch.images(block);
      sketch.output(y, activate(sketch.graph, y));
      expect(blockedNames(sketch)).toContain(operator(title));
      await expectSame(sketch);
    });

    test('in the pass of an affine map', async () => {
      const sketch = new Sketch();
      const y = channelScale(sketch.graph, sketch.images(block + 4), sketch.weight([block + 4]));
      sketch.output(activate(sketch.graph, y));
      expect(blockedNames(sketch)).not.toContain(operator(title));
      await expectSame(sketch);
    });

    test('not twice in one pass', async () => {
      const sketch = new Sketch();
      const y = leakyRelu(sketch.graph, sketch.images(block), 0.5);
      sketch.output(activate(sketch.graph, y));
      expect(blockedNames(sketch)).toContain(operator(title));
      await expectSame(sketch);
    });
  });
});

describe.skipIf(block === 1)(`residual sums in the blocked layout ${unlessNone}`, () => {
  const sums: Record<string, { build: (sketch: Sketch) => Value[]; own: number }> = {
    'goes with the convolution on its left': {
      build: (s) => {
        const x = relu(s.graph, s.images(24));
        return [add(s.graph, s.conv(x, 24), x)];
      },
      own: 0,
    },
    'goes with the convolution on its right': {
      build: (s) => {
        const x = relu(s.graph, s.images(24));
        return [add(s.graph, x, s.conv(x, 24, { bias: true }))];
      },
      own: 0,
    },
    'goes with a convolution of whose input it is the other side': {
      build: (s) => {
        const x = s.images(block);
        return [add(s.graph, x, s.conv(x, block)), x];
      },
      own: 0,
    },
    'takes the activation behind it along': {
      build: (s) => {
        const x = s.images(2 * block);
        return [relu(s.graph, add(s.graph, s.conv(x, 2 * block), x))];
      },
      own: 0,
    },
    'takes no second activation': {
      build: (s) => {
        const x = s.images(2 * block);
        const y = relu(s.graph, add(s.graph, s.conv(x, 2 * block), x));
        return [clip(s.graph, y, { max: 0.5 })];
      },
      own: 0,
    },
    'of two convolutions goes with one of them': {
      build: (s) => {
        const x = s.images(block);
        return [add(s.graph, s.conv(x, 24), s.conv(x, 24, { size: [1, 1] }))];
      },
      own: 0,
    },
    'of three convolutions goes with two of them': {
      build: (s) => {
        const x = s.images(block);
        return [add(s.graph, add(s.graph, s.conv(x, 24), s.conv(x, 24)), s.conv(x, 24))];
      },
      own: 0,
    },
    'of a convolution with two others goes with it only once': {
      build: (s) => {
        const x = relu(s.graph, s.images(24));
        const z = leakyRelu(s.graph, s.images(24), 0.3);
        return [add(s.graph, add(s.graph, s.conv(x, 24), x), z), x, z];
      },
      own: 1,
    },
    'with fed images goes with the convolution': {
      build: (s) => [add(s.graph, s.input([2, 24, 5, 7]), s.images(24))],
      own: 0,
    },
    'of two sides that are used elsewhere stays': {
      build: (s) => {
        const [x, y] = [s.images(24), s.images(24)];
        return [add(s.graph, x, y), x, y];
      },
      own: 1,
    },
    'of the same convolution twice goes with the other': {
      build: (s) => {
        const [x, y] = [s.images(24), s.images(24)];
        return [add(s.graph, add(s.graph, x, y), x)];
      },
      own: 1,
    },
    'of a value with itself stays': {
      build: (s) => {
        const x = s.images(24);
        return [add(s.graph, x, x)];
      },
      own: 1,
    },
    'behind an activation that went with the convolution stays': {
      build: (s) => {
        const [x, y] = [relu(s.graph, s.images(24)), relu(s.graph, s.images(24))];
        return [add(s.graph, x, y)];
      },
      own: 1,
    },
    'behind an activation of a sum stays': {
      build: (s) => {
        const x = s.images(block);
        const y = relu(s.graph, add(s.graph, s.conv(x, block), x));
        return [add(s.graph, y, x), y];
      },
      own: 1,
    },
  };

  test.each(Object.entries(sums))('%s', async (_, { build, own }) => {
    const sketch = new Sketch();
    sketch.output(...build(sketch));
    expect(count(blockedNames(sketch), 'Add')).toBe(own);
    await expectSame(sketch);
  });
});
