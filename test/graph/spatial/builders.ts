/** @file The operators under test by name, each built from the attributes that its golden file records. */
import type { Graph, Value } from '../../../src/graph/graph.js';
import { averagePool } from '../../../src/graph/ops/average-pool.js';
import { batchNormalization } from '../../../src/graph/ops/batch-normalization.js';
import { batchNormalizationTraining } from '../../../src/graph/ops/batch-normalization-training.js';
import { type ConvAttributes, conv } from '../../../src/graph/ops/conv.js';
import { globalAveragePool } from '../../../src/graph/ops/global-average-pool.js';
import { globalMaxPool } from '../../../src/graph/ops/global-max-pool.js';
import { maxPool } from '../../../src/graph/ops/max-pool.js';
import { pad } from '../../../src/graph/ops/pad.js';
import { resizeNearest } from '../../../src/graph/ops/resize-nearest.js';

// biome-ignore lint/suspicious/noExplicitAny: attributes come from a file and differ from operator to operator
type Build = (graph: Graph, inputs: Value[], attributes: any) => Value;

export const plain: ConvAttributes = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 };

export const builders: Record<string, Build> = {
  averagePool: (graph, [x], attributes) => averagePool(graph, x!, attributes),
  batchNormalization: (graph, [x, scale, centre, mean, variance], attributes) =>
    batchNormalization(graph, x!, scale!, centre!, mean!, variance!, attributes),
  batchNormalizationTraining: (graph, [x, scale, centre], attributes) =>
    batchNormalizationTraining(graph, x!, scale!, centre!, attributes).y,
  conv: (graph, [x, kernel, bias], attributes) => conv(graph, x!, kernel!, bias, { ...plain, ...attributes }),
  globalAveragePool: (graph, [x]) => globalAveragePool(graph, x!),
  globalMaxPool: (graph, [x]) => globalMaxPool(graph, x!),
  maxPool: (graph, [x], attributes) => maxPool(graph, x!, attributes),
  pad: (graph, [x], attributes) => pad(graph, x!, attributes),
  resizeNearest: (graph, [x], attributes) => resizeNearest(graph, x!, attributes),
};
