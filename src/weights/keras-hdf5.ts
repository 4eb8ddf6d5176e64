/**
 * @file Keras' HDF5 files of weights: those with a list of layers (`.h5`, whole models or weights only), and Keras 3's
 * `.weights.h5`, which has a group per layer called by its class and number.
 */
import { TransfuseError } from '../errors.js';
import type { Hdf5File } from '../files/hdf5.js';
import { sizeOf } from '../graph/tensor.js';
import { elementTypes, toFloat32 } from './numbers.js';
import { byLayer, kerasLayer, type StoredLayer, type StoredWeight, type WeightFile } from './weight-file.js';

type Contents = Pick<WeightFile, 'naming' | 'layers'>;

/** Names of layers by their place in the file, where a configuration tells: `functional/conv2d_1` → `block1_conv`. */
export type LayerNames = ReadonlyMap<string, string>;

/**
 * The layers of a Keras HDF5 file.
 * @param file stays open, as weights are read from it later
 * @throws TransfuseError `no-weights` where it holds something else, and what reading HDF5 throws
 */
export function kerasLayers(file: Hdf5File, names: LayerNames = new Map()): Contents {
  for (const root of ['model_weights', '']) {
    const list = listOf(file, root, 'layer_names');
    if (list) return listedLayers(file, root, list);
  }
  const found = groupedLayers(file, names);
  if (found.layers.length > 0) return found;
  const keys = file.keys();
  const shown = keys.slice(0, 12).join(', ') + (keys.length > 12 ? ' …' : '');
  throw new TransfuseError(
    'no-weights',
    `${file.source} holds no weights of Keras: it has ${shown || 'nothing'}, but neither a list layer_names nor groups of layers with vars`,
  );
}

/** The names of layers are an attribute, and so are those of each layer's weights, in order. */
function listedLayers(file: Hdf5File, root: string, layerNames: readonly string[]): Contents {
  if (file.text(root, 'backend') === 'theano') {
    throw new TransfuseError(
      'no-weights',
      `${file.source} was written with Theano, whose kernels are flipped; it is not read`,
    );
  }
  const layers = layerNames.flatMap((layerName): StoredLayer[] => {
    const group = root === '' ? layerName : `${root}/${layerName}`;
    const list = listOf(file, group, 'weight_names');
    if (!list) {
      throw new TransfuseError(
        'no-weights',
        `${file.source} lists the layer ${layerName}, but has no weight_names for it`,
      );
    }
    const weights = list.map((name) => ({
      ...storedWeight(file, `${group}/${name}`),
      name: name.replace(/:\d+$/, ''),
    }));
    // A model within the model lists the weights of all its layers.
    const inner = [...byLayer(weights, '/')];
    if (inner.length === 1) return [kerasLayer(layerName, inner[0]![1])];
    return inner.map(([name, ofLayer]) => kerasLayer(name, ofLayer));
  });
  return { naming: 'ordered', layers };
}

/** A list of names; Keras splits one that is too long for HDF5: `layer_names0`, `layer_names1` and so on. */
function listOf(file: Hdf5File, path: string, name: string): string[] | undefined {
  const texts = (attribute: string) => {
    const list = file.attribute(path, attribute);
    return list && Array.from(list.values as ArrayLike<unknown>, String);
  };
  const whole = texts(name);
  if (whole) return whole;
  const parts: string[][] = [];
  for (let part = texts(`${name}0`); part; part = texts(`${name}${parts.length}`)) parts.push(part);
  return parts.length > 0 ? parts.flat() : undefined;
}

/** What in such a file is no layer. */
const NOT_LAYERS = new Set(['vars', 'optimizer', 'metrics', 'seed_generator']);
/** What holds the layers of a model. */
const CONTAINERS = new Set(['layers', '_layer_checkpoint_dependencies']);
const DEEPEST = 16;

/** Every group with numbered weights in `vars` is a layer; newer files keep its name there. */
function groupedLayers(file: Hdf5File, names: LayerNames): Contents {
  const layers: StoredLayer[] = [];
  let named = true;
  const visit = (group: string, place: readonly string[]): void => {
    if (place.length > DEEPEST) return;
    const keys = file.keys(group).sort(byNumber);
    const vars = `${group}/vars`;
    const numbers = file.keys(vars).sort(byNumber);
    if (group !== '' && numbers.length > 0) {
      const name = file.text(vars, 'name') ?? names.get(place.join('/'));
      named &&= name !== undefined;
      const weights = numbers.map((number) => storedWeight(file, `${vars}/${number}`));
      layers.push(kerasLayer(name ?? place.join('/'), weights));
    }
    for (const key of keys) {
      const below = group === '' ? key : `${group}/${key}`;
      if (NOT_LAYERS.has(key) || file.kind(below) !== 'group') continue;
      visit(below, CONTAINERS.has(key) ? place : [...place, key]);
    }
  };
  visit('', []);
  return { naming: named ? 'named' : 'numbered', layers };
}

function storedWeight(file: Hdf5File, path: string): StoredWeight {
  const dataset = file.dataset(path);
  const { shape, dtype } = dataset;
  if (dtype === 'string')
    throw new TransfuseError('no-weights', `${path} in ${file.source} holds text, not weights`);
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    shape,
    async read() {
      const values = dataset.read();
      if (values instanceof Float32Array) return values;
      const { buffer, byteOffset, byteLength } = values as Uint8Array;
      if (byteLength !== sizeOf(shape) * elementTypes[dtype].bytes) {
        throw new TransfuseError(
          'no-weights',
          `${path} in ${file.source} does not hold the values of its shape`,
        );
      }
      return toFloat32(new Uint8Array(buffer, byteOffset, byteLength), dtype, sizeOf(shape));
    },
  };
}

/** `conv2d_9` before `conv2d_10`. */
const { compare: byNumber } = new Intl.Collator('en', { numeric: true });
