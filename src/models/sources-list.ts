/** @file What can be had by name, for whoever lists it. */
import { existsSync } from 'node:fs';
import { sizeOf } from '../graph/tensor.js';
import { architectures } from './architectures/index.js';
import { targetsOf } from './from-weights/targets.js';
import { type Source, sources } from './sources.js';
import { cachedFile } from './sources-cache.js';

export interface ListedModel extends Omit<Source, 'bytes'> {
  readonly name: string;
  /** Without the classifier. */
  readonly parameters: number;
  /** Height and width of the images that it was published for, in pixels. */
  readonly size: number;
  readonly preprocessing: string;
  /** About how much there is to download; four per parameter where nobody says. */
  readonly bytes: number;
  readonly file: string;
  /** Whether the file is here. */
  readonly cached: boolean;
}

const FLOAT_BYTES = 4;

/** Every architecture with official weights. */
export function listModels(): ListedModel[] {
  return Object.values(architectures).flatMap((architecture): ListedModel[] => {
    const { name, size, preprocessing } = architecture;
    const source = sources[name];
    if (!source) return [];
    const shapes = targetsOf(architecture).flatMap(({ shapes }) => [...shapes.values()]);
    const parameters = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
    const file = cachedFile(source);
    const bytes = source.bytes ?? FLOAT_BYTES * parameters;
    return [{ name, parameters, size, preprocessing, ...source, bytes, file, cached: existsSync(file) }];
  });
}
