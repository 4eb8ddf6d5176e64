/** @file Keras' `.keras` files: a zip archive of the model's configuration and its weights as `.weights.h5`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { openHdf5 } from '../files/hdf5.js';
import type { ZipArchive } from '../files/zip.js';
import { kerasLayers, type LayerNames } from './keras-hdf5.js';
import type { WeightFile } from './weight-file.js';

export const KERAS_WEIGHTS = 'model.weights.h5';
const CONFIG = 'config.json';
const LARGEST_CONFIG = 64 * 2 ** 20;
const DEEPEST = 16;

/**
 * Opens the weights of a `.keras` archive, which are unpacked to a temporary file until it is closed.
 * @throws TransfuseError `bad-zip`, `bad-hdf5`, `no-weights`, `cannot-write`
 */
export async function openKerasArchive(archive: ZipArchive): Promise<WeightFile> {
  const { source } = archive;
  const names = archive.has(CONFIG) ? namesIn(await archive.read(CONFIG, LARGEST_CONFIG), source) : new Map();
  const folder = await mkdtemp(path.join(tmpdir(), 'transfuse-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const unpacked = path.join(folder, KERAS_WEIGHTS);
    await archive.extract(KERAS_WEIGHTS, unpacked);
    const hdf5 = await openHdf5(unpacked, `${source} (${KERAS_WEIGHTS} in it)`);
    const close = async () => {
      hdf5.close();
      await remove();
    };
    return { source, framework: 'keras', ...kerasLayers(hdf5, names), close };
  } catch (error) {
    await remove();
    throw error;
  }
}

function namesIn(bytes: Uint8Array, source: string): LayerNames {
  try {
    const names = new Map<string, string>();
    collect(JSON.parse(new TextDecoder().decode(bytes)), [], names);
    return names;
  } catch (cause) {
    throw new TransfuseError('no-weights', `${CONFIG} in ${source} is not JSON`, { cause });
  }
}

/** Within each model, Keras calls the groups of layers by their classes, counted in the model's order. */
function collect(model: unknown, place: readonly string[], names: Map<string, string>): void {
  const layers = (model as { config?: { layers?: unknown } } | null)?.config?.layers;
  if (!Array.isArray(layers) || place.length > DEEPEST) return;
  const counts = new Map<string, number>();
  for (const layer of layers) {
    const { class_name: className, config } = (layer ?? {}) as {
      class_name?: unknown;
      config?: { name?: unknown };
    };
    if (typeof className !== 'string' || typeof config?.name !== 'string') continue;
    const group = snakeCase(className);
    const count = counts.get(group) ?? 0;
    counts.set(group, count + 1);
    const here = [...place, count === 0 ? group : `${group}_${count}`];
    names.set(here.join('/'), config.name);
    collect(layer, here, names);
  }
}

/** `DepthwiseConv2D` → `depthwise_conv2d`, as Keras does it. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
