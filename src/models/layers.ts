/** @file The layers our own networks are made of: each asks for its weights by name, role and shape. */
import type { Graph, Value } from '../graph/graph.js';
import type { BatchStatistics, BuildOptions } from '../graph/network.js';
import { batchNormalization } from '../graph/ops/batch-normalization.js';
import { batchNormalizationTraining } from '../graph/ops/batch-normalization-training.js';
import { conv } from '../graph/ops/conv.js';
import { mul } from '../graph/ops/mul.js';
import { reshape } from '../graph/ops/reshape.js';
import { slice } from '../graph/ops/slice.js';
import type { Pair } from '../graph/ops/window.js';
import type { Role } from '../graph/role.js';
import { float32, type Shape, type Tensor } from '../graph/tensor.js';
import { type Initialiser, ones, zeros } from './initialisers.js';
import { type Padding, padsOf } from './padding.js';

/**
 * Where a layer's weights come from: a file, or chance.
 * @param name `<layer>.<weight>`, the layer named as its framework names it, the weight one of kernel, bias, scale,
 * centre, mean, variance
 * @param shape kernels are [filters, channels of a group, height, width]
 * @param initialiser what an untrained network has there
 */
export type Supply = (name: string, role: Role, shape: Shape, initialiser: Initialiser) => Tensor;

/** What a framework or an architecture has in common for all its layers. */
export interface Conventions {
  readonly kernels: Initialiser;
  /** Of batch norm. */
  readonly epsilon: number;
  /** Of batch norm's moving averages: how much of the old stays. */
  readonly momentum: number;
}

interface ConvOptions {
  /** Height and width, or both. */
  readonly kernel: number | Pair;
  /** 1 by default. */
  readonly stride?: number;
  /** None by default. */
  readonly padding?: Padding;
  /** Whether something is added per filter; no by default. */
  readonly bias?: boolean;
}

export class Layers {
  /** One entry per batch-norm layer built so far; empty with frozen statistics. */
  readonly batchStatistics: BatchStatistics[] = [];
  /** The rates of the residual branches built so far that are dropped in training. */
  readonly dropRates: number[] = [];

  constructor(
    readonly graph: Graph,
    private readonly options: Pick<BuildOptions, 'statistics' | 'keep'>,
    private readonly supply: Supply,
    private readonly conventions: Conventions,
  ) {}

  /** A convolution. */
  conv(name: string, x: Value, filters: number, options: ConvOptions): Value {
    return this.grouped(name, x, filters, 1, options);
  }

  /** A convolution of each channel by itself. */
  depthwise(name: string, x: Value, options: ConvOptions): Value {
    const channels = x.shape[1]!;
    return this.grouped(name, x, channels, channels, options);
  }

  /** Batch norm. Without a scale of its own it scales by a constant 1, which nothing can train. */
  norm(name: string, x: Value, { scaled = true } = {}): Value {
    const channels = [x.shape[1]!];
    const { epsilon, momentum } = this.conventions;
    const { graph } = this;
    const scale = scaled
      ? this.weight(`${name}.scale`, 'bn-scale', channels, ones)
      : graph.constant(float32(new Float32Array(channels[0]!).fill(1)));
    const centre = this.weight(`${name}.centre`, 'bn-centre', channels, zeros);
    const [meanName, varianceName] = [`${name}.mean`, `${name}.variance`];
    const mean = this.weight(meanName, 'bn-mean', channels, zeros);
    const variance = this.weight(varianceName, 'bn-variance', channels, ones);
    if (this.options.statistics === 'frozen') {
      return batchNormalization(graph, x, scale, centre, mean, variance, { epsilon });
    }
    const { y, batchMean, batchVariance, correction } = batchNormalizationTraining(graph, x, scale, centre, {
      epsilon,
    });
    this.batchStatistics.push({
      mean: batchMean,
      variance: batchVariance,
      correction,
      meanName,
      varianceName,
      momentum,
    });
    return y;
  }

  /**
   * Stochastic depth (Huang et al. 2016) of a residual branch [N,C,H,W]: with a mask, some images go without it, and
   * the others' is made larger by as much.
   */
  stochasticDepth(x: Value, rate: number): Value {
    const branch = this.dropRates.push(rate) - 1;
    const { keep } = this.options;
    if (!keep) return x;
    const ofBranch = slice(this.graph, keep, { axes: [1], starts: [branch], ends: [branch + 1] });
    return mul(this.graph, x, reshape(this.graph, ofBranch, [x.shape[0]!, 1, 1, 1]));
  }

  private grouped(
    name: string,
    x: Value,
    filters: number,
    groups: number,
    { kernel, stride = 1, padding = 0, bias = false }: ConvOptions,
  ): Value {
    const size: Pair = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    const strides: Pair = [stride, stride];
    const shape = [filters, x.shape[1]! / groups, ...size];
    const weights = this.weight(`${name}.kernel`, 'kernel', shape, this.conventions.kernels);
    const added = bias ? this.weight(`${name}.bias`, 'bias', [filters], zeros) : undefined;
    const pads = padsOf(padding, x.shape, size, strides);
    return conv(this.graph, x, weights, added, { strides, pads, dilations: [1, 1], groups });
  }

  private weight(name: string, role: Role, shape: Shape, initialiser: Initialiser): Value {
    return this.graph.parameter(name, role, this.supply(name, role, shape, initialiser));
  }
}
