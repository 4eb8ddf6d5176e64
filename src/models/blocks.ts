/** @file The layers our own networks are made of: each asks for its weights by name, role and shape. */
import type { Graph, Value } from '../graph/graph.js';
import type { BatchStatistics, Statistics } from '../graph/network.js';
import { add } from '../graph/ops/add.js';
import { batchNormalization } from '../graph/ops/batch-normalization.js';
import { batchNormalizationTraining } from '../graph/ops/batch-normalization-training.js';
import { conv } from '../graph/ops/conv.js';
import { relu } from '../graph/ops/relu.js';
import type { Role } from '../graph/role.js';
import type { Shape, Tensor } from '../graph/tensor.js';

/** Where a layer's weights come from: a file, or chance. */
export type Supply = (name: string, role: Role, shape: Shape) => Tensor;

/** Keras' default. */
const MOMENTUM = 0.99;
const EPSILON = 1e-3;

interface ConvOptions {
  /** Height and width of the kernel. */
  readonly size: number;
  readonly stride: number;
}

export class Layers {
  /** One entry per batch-norm layer built so far; empty with frozen statistics. */
  readonly batchStatistics: BatchStatistics[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly statistics: Statistics,
    private readonly supply: Supply,
  ) {}

  /** A convolution without bias, padded so that stride 1 keeps the size, and batch norm. */
  convNorm(name: string, x: Value, channels: number, { size, stride }: ConvOptions): Value {
    const kernel = this.weight(`${name}.kernel`, 'kernel', [channels, x.shape[1]!, size, size]);
    const pad = (size - 1) / 2;
    const y = conv(this.graph, x, kernel, undefined, {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      dilations: [1, 1],
      groups: 1,
    });
    return this.norm(`${name}.bn`, y);
  }

  /**
   * A basic residual block (He et al. 2016): two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where
   * the size or the number of channels changes.
   */
  residual(name: string, x: Value, channels: number, stride: number): Value {
    const inner = relu(this.graph, this.convNorm(`${name}.conv1`, x, channels, { size: 3, stride }));
    const outer = this.convNorm(`${name}.conv2`, inner, channels, { size: 3, stride: 1 });
    const changes = stride !== 1 || x.shape[1] !== channels;
    const shortcut = changes ? this.convNorm(`${name}.shortcut`, x, channels, { size: 1, stride }) : x;
    return relu(this.graph, add(this.graph, outer, shortcut));
  }

  private norm(name: string, x: Value): Value {
    const channels = [x.shape[1]!];
    const scale = this.weight(`${name}.scale`, 'bn-scale', channels);
    const centre = this.weight(`${name}.centre`, 'bn-centre', channels);
    const [meanName, varianceName] = [`${name}.mean`, `${name}.variance`];
    const mean = this.weight(meanName, 'bn-mean', channels);
    const variance = this.weight(varianceName, 'bn-variance', channels);
    if (this.statistics === 'frozen') {
      return batchNormalization(this.graph, x, scale, centre, mean, variance, { epsilon: EPSILON });
    }
    const norm = batchNormalizationTraining(this.graph, x, scale, centre, { epsilon: EPSILON });
    this.batchStatistics.push({
      mean: norm.batchMean,
      variance: norm.batchVariance,
      meanName,
      varianceName,
      momentum: MOMENTUM,
    });
    return norm.y;
  }

  private weight(name: string, role: Role, shape: Shape): Value {
    return this.graph.parameter(name, role, this.supply(name, role, shape));
  }
}
