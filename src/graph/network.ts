/** @file What a pre-trained network is to everything that trains it: named weights, and a recipe that appends it to a graph. */
import type { Graph, Value } from './graph.js';
import type { Role } from './role.js';
import type { Shape, Tensor } from './tensor.js';

/**
 * Which batch-norm statistics normalise: the stored moving averages (samples are then independent of each other),
 * or the mean and variance of the batch at hand.
 */
export type Statistics = 'frozen' | 'batch';

export interface BuildOptions {
  /** Images per batch. */
  readonly batch: number;
  /** Image size in pixels. */
  readonly height: number;
  readonly width: number;
  readonly statistics: Statistics;
  /** float32 [N, branches] to multiply the residual branches of `stochasticDepth` with; absent, all stay as they are. */
  readonly keep?: Value;
}

/** The batch mean and (biased) variance of one batch-norm layer, each float32 [C], with the averages they move. */
export interface BatchStatistics {
  readonly mean: Value;
  readonly variance: Value;
  /** What the variance is multiplied with before it moves its average, to be unbiased. */
  readonly correction: number;
  /** Names of the parameters that hold the moving averages. */
  readonly meanName: string;
  readonly varianceName: string;
  /** new average = momentum · old average + (1 − momentum) · batch statistic */
  readonly momentum: number;
}

export interface BuiltNetwork {
  readonly graph: Graph;
  /** The value that was given: preprocessed images, float32 [N,3,H,W]. */
  readonly images: Value;
  /** The pooled features, float32 [N,C]. */
  readonly features: Value;
  /** One entry per batch-norm layer, in the order of the forward pass; empty with frozen statistics. */
  readonly batchStatistics: readonly BatchStatistics[];
}

/** A stored weight of a network. */
export interface ParameterInfo {
  /** Unique within the network, e.g. `block0.expand.bn.scale`. */
  readonly name: string;
  readonly role: Role;
  readonly shape: Shape;
  readonly tensor: Tensor;
  /** The layer it belongs to, e.g. `block0.expand.bn`. */
  readonly layer: string;
}

/** A network without a classifier: images in, pooled features out. */
export interface Network {
  readonly name: string;
  /** SHA-256 of the file it came from, in hexadecimal. */
  readonly sha256: string;
  /** The number of features, C. */
  readonly features: number;
  /** The smallest height and width it accepts, where that is known. */
  readonly minimumSize?: number;
  /** How often each residual branch that stochastic depth drops is dropped in training; absent or empty without it. */
  readonly stochasticDepth?: readonly number[];
  /** In the order in which the forward pass uses them. */
  readonly parameters: readonly ParameterInfo[];

  /**
   * Appends the network to `graph`, behind `images` (float32 [N,3,H,W] of the sizes in `options`), so that a caller
   * can put preprocessing in front and a head and a loss behind. Weights become parameters of the graph by reference.
   * @throws TransfuseError `image-too-small` where a layer would have nothing left to look at
   */
  build(graph: Graph, images: Value, options: BuildOptions): BuiltNetwork;
}
