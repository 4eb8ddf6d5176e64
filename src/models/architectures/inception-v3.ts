/**
 * @file InceptionV3 (Szegedy et al. 2016), as Keras builds it. Its batch norm has no scale, and Keras numbers its
 * layers in the order in which they are made, which is kept here.
 */
import type { Value } from '../../graph/graph.js';
import { averagePool } from '../../graph/ops/average-pool.js';
import { concat } from '../../graph/ops/concat.js';
import { maxPool } from '../../graph/ops/max-pool.js';
import { relu } from '../../graph/ops/relu.js';
import type { Layers } from '../layers.js';
import type { Padding } from '../padding.js';

interface ConvOptions {
  readonly stride?: number;
  /** As many places as pixels by default. */
  readonly padding?: Padding;
}

type Kernel = number | readonly [height: number, width: number];
type Step = readonly [filters: number, kernel: Kernel, options?: ConvOptions];

const REDUCING: ConvOptions = { stride: 2, padding: 0 };

/** Seven pixels in a row, and in a column. */
const ROW = [1, 7] as const;
const COLUMN = [7, 1] as const;

export function inceptionV3(layers: Layers, images: Value): Value {
  const { graph } = layers;
  let made = 0;

  const conv = (x: Value, ...[filters, kernel, { stride = 1, padding = 'same' } = {}]: Step): Value => {
    const number = made++ === 0 ? '' : `_${made - 1}`;
    const y = layers.conv(`conv2d${number}`, x, filters, { kernel, stride, padding });
    return relu(graph, layers.norm(`batch_normalization${number}`, y, { scaled: false }));
  };
  const chain = (x: Value, ...steps: Step[]) => steps.reduce((value, step) => conv(value, ...step), x);
  const joined = (...branches: Value[]) => concat(graph, branches, 1);
  const shrunk = (x: Value) => maxPool(graph, x, { kernel: [3, 3], strides: [2, 2] });
  const pooled = (x: Value, filters: number) =>
    conv(averagePool(graph, x, { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }), filters, 1);

  let x = chain(images, [32, 3, REDUCING], [32, 3, { padding: 0 }], [64, 3]);
  x = shrunk(x);
  x = chain(x, [80, 1], [192, 3, { padding: 0 }]);
  x = shrunk(x);

  for (const poolFilters of [32, 64, 64]) {
    x = joined(
      conv(x, 64, 1),
      chain(x, [48, 1], [64, 5]),
      chain(x, [64, 1], [96, 3], [96, 3]),
      pooled(x, poolFilters),
    );
  }
  x = joined(conv(x, 384, 3, REDUCING), chain(x, [64, 1], [96, 3], [96, 3, REDUCING]), shrunk(x));

  for (const inner of [128, 160, 160, 192]) {
    x = joined(
      conv(x, 192, 1),
      chain(x, [inner, 1], [inner, ROW], [192, COLUMN]),
      chain(x, [inner, 1], [inner, COLUMN], [inner, ROW], [inner, COLUMN], [192, ROW]),
      pooled(x, 192),
    );
  }
  x = joined(
    chain(x, [192, 1], [320, 3, REDUCING]),
    chain(x, [192, 1], [192, ROW], [192, COLUMN], [192, 3, REDUCING]),
    shrunk(x),
  );

  const crossed = (value: Value) => joined(conv(value, 384, [1, 3]), conv(value, 384, [3, 1]));
  for (let i = 0; i < 2; i++) {
    x = joined(
      conv(x, 320, 1),
      crossed(conv(x, 384, 1)),
      crossed(chain(x, [448, 1], [384, 3])),
      pooled(x, 192),
    );
  }
  return x;
}
