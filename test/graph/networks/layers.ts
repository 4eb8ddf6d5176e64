/** @file The layers of the small networks, with weights that are named and drawn as in oracles/small_networks.py. */
import type { Graph, Value } from '../../../src/graph/graph.js';
import { batchNormalization } from '../../../src/graph/ops/batch-normalization.js';
import { batchNormalizationTraining } from '../../../src/graph/ops/batch-normalization-training.js';
import { conv } from '../../../src/graph/ops/conv.js';
import { gemm } from '../../../src/graph/ops/gemm.js';
import { globalAveragePool } from '../../../src/graph/ops/global-average-pool.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import type { Shape, Tensor } from '../../../src/graph/tensor.js';
import { numbers } from './numbers.js';

const epsilon = 1e-3;

export type Statistics = 'frozen' | 'batch';
export type Activation = (graph: Graph, x: Value) => Value;

/** Makes a value of the graph from the name and the numbers of a weight that trains. */
export type Supply = (name: string, tensor: Tensor) => Value;

interface ConvOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** Half the kernel on every side by default. */
  readonly pads?: readonly [top: number, left: number, bottom: number, right: number];
  readonly bias?: boolean;
}

type Size = readonly [height: number, width: number];

export class Layers {
  constructor(
    readonly graph: Graph,
    private readonly statistics: Statistics,
    private readonly supply: Supply,
  ) {}

  conv(name: string, x: Value, filters: number, size: Size, options: ConvOptions = {}): Value {
    const [height, width] = size;
    const [halfHeight, halfWidth] = [Math.floor(height / 2), Math.floor(width / 2)];
    const pads = [halfHeight, halfWidth, halfHeight, halfWidth] as const;
    const { stride = 1, groups = 1 } = options;
    const depth = x.shape[1]! / groups;
    const reach = Math.sqrt(1.5 / (depth * height * width));
    const kernel = this.weight(`${name}.kernel`, [filters, depth, height, width], -reach, reach);
    const bias = options.bias ? this.weight(`${name}.bias`, [filters], 0, 1) : undefined;
    return conv(this.graph, x, kernel, bias, {
      strides: [stride, stride],
      pads: options.pads ?? pads,
      dilations: [1, 1],
      groups,
    });
  }

  norm(name: string, x: Value): Value {
    const shape = [x.shape[1]!];
    const scale = this.weight(`${name}.scale`, shape, 0.5, 1.5);
    const centre = this.weight(`${name}.centre`, shape, 0.25, 1.25);
    if (this.statistics === 'batch') {
      return batchNormalizationTraining(this.graph, x, scale, centre, { epsilon }).y;
    }
    const mean = this.graph.constant(numbers(`${name}.mean`, shape, -0.25, 0.25));
    const variance = this.graph.constant(numbers(`${name}.variance`, shape, 0.5, 1.5));
    return batchNormalization(this.graph, x, scale, centre, mean, variance, { epsilon });
  }

  /** Convolution, batch norm, activation. */
  unit(
    name: string,
    x: Value,
    filters: number,
    size: Size,
    activation: Activation,
    options: ConvOptions = {},
  ): Value {
    return activation(this.graph, this.norm(`${name}.bn`, this.conv(name, x, filters, size, options)));
  }

  /** Global average pooling and a dense layer. */
  head(x: Value, classes: number): Value {
    const features = reshape(this.graph, globalAveragePool(this.graph, x), x.shape.slice(0, 2));
    const kernel = this.weight('head.kernel', [classes, x.shape[1]!], -0.5, 0.5);
    const bias = this.weight('head.bias', [classes], 0, 1);
    return gemm(this.graph, features, kernel, bias, { transB: true });
  }

  private weight(name: string, shape: Shape, low: number, high: number): Value {
    return this.supply(name, numbers(name, shape, low, high));
  }
}
