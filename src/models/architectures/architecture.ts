/** @file What an architecture is. */
import type { Network } from '../../graph/network.js';
import { type Blueprint, networkOf } from '../blueprint.js';
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

/** What the architectures of a family share. */
interface Family {
  readonly framework: Framework;
  readonly preprocessing: PreprocessingName;
  readonly conventions: Conventions;
}

interface Row {
  readonly name: string;
  readonly features: number;
  readonly forward: Blueprint['forward'];
  /** 224 by default. */
  readonly size?: number;
  /** 32 by default. */
  readonly minimumSize?: number;
}

export function family({ conventions, ...shared }: Family, rows: readonly Row[]): Architecture[] {
  return rows.map(({ forward, size = 224, minimumSize = 32, ...row }) => ({
    ...shared,
    ...row,
    size,
    minimumSize,
    create: (supply, sha256 = '') =>
      networkOf({ name: row.name, minimumSize, conventions, forward }, supply, sha256),
  }));
}
