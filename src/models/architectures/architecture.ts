/** @file What an architecture is, and the conventions of the two frameworks whose networks are built here. */
import type { Network } from '../../graph/network.js';
import { type Blueprint, networkOf } from '../blueprint.js';
import { glorotUniform, heNormalFanOut } from '../initialisers.js';
import type { Conventions, Supply } from '../layers.js';
import type { PreprocessingName } from '../preprocessing.js';

/** Layers, paddings and initialisers follow one of these. */
export type Framework = 'keras' | 'torchvision';

/** A published network that waits for weights. */
export interface Architecture {
  readonly name: string;
  /** Whose layer names, paddings and initialisers it follows. */
  readonly framework: Framework;
  /** Height and width it was published for, in pixels. */
  readonly size: number;
  /** The smallest height and width it takes, in pixels. */
  readonly minimumSize: number;
  /** What its published weights want pixels to be, whether the framework does that inside the network or before it. */
  readonly preprocessing: PreprocessingName;
  /** The number of pooled features. */
  readonly features: number;
  /**
   * The network without its classifier.
   * @param sha256 of the file that the weights come from
   */
  create(supply: Supply, sha256?: string): Network;
}

/** Keras' defaults, for what an architecture does not say. */
export const keras: Conventions = { kernels: glorotUniform, epsilon: 1e-3, momentum: 0.99 };

/** PyTorch's defaults for batch norm, and what most of torchvision's networks start their kernels with. */
export const torchvision: Conventions = { kernels: heNormalFanOut, epsilon: 1e-5, momentum: 0.9 };

interface Row extends Omit<Architecture, 'minimumSize' | 'create'> {
  /** 32 by default. */
  readonly minimumSize?: number;
  /** The framework's by default. */
  readonly conventions?: Conventions;
  readonly forward: Blueprint['forward'];
}

/** An architecture from a row of the table. */
export function architecture({ forward, conventions, minimumSize = 32, ...row }: Row): Architecture {
  const blueprint: Blueprint = {
    name: row.name,
    minimumSize,
    conventions: conventions ?? { keras, torchvision }[row.framework],
    forward,
  };
  return { ...row, minimumSize, create: (supply, sha256 = '') => networkOf(blueprint, supply, sha256) };
}
