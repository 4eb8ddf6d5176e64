/**
 * @file Finds an architecture's layers in a file of weights: by their names, perhaps below a prefix; or else in order,
 * as Keras loads files whose layers were numbered as they came.
 */
import type { StoredLayer, WeightFile } from '../../weights/weight-file.js';
import type { Architecture } from '../architectures/index.js';
import { type Dialect, dialects, inTimmOrder, timmHas } from './dialects.js';
import { layerKinds, misfits, storedKind, type Target, targetsOf } from './targets.js';

export interface Match {
  readonly architecture: Architecture;
  /** The stored layer of each of the architecture's, by its name. */
  readonly layers: ReadonlyMap<string, StoredLayer>;
  /** What is missing, left over, or of the wrong shape, in words; nothing where the file fits. */
  readonly problems: readonly string[];
  /** How many layers these are about. */
  readonly wrongLayers: number;
  /** Whether a file that fits is surely for this architecture. */
  readonly sure: boolean;
}

/** The best that can be made of a file for an architecture. */
export function match(architecture: Architecture, file: WeightFile): Match {
  const targets = targetsOf(architecture);
  const attempts: (Attempt | undefined)[] = [];
  if ((architecture.framework === 'keras') === (file.framework === 'keras')) {
    // Numbers are only places, which may be the names of other layers.
    if (file.naming !== 'numbered') {
      for (const dialect of dialects) attempts.push(byName(targets, file, dialect));
    }
    if (hasOrder(architecture, file)) attempts.push(inOrder(targets, file, file.layers));
  }
  const inTimm = timmHas(architecture);
  const ordered = inTimm !== 'not' && file.framework === 'pytorch' && inTimmOrder(file);
  if (ordered) attempts.push(inOrder(targets, file, ordered));

  const sure = !ordered || inTimm === 'surely';
  return attempts
    .map((attempt) => ({ architecture, sure, ...check(targets, file, attempt ?? NOTHING) }))
    .reduce(better, { architecture, sure, ...check(targets, file, NOTHING) });
}

function better(best: Match, other: Match): Match {
  const gain = best.wrongLayers - other.wrongLayers || other.layers.size - best.layers.size;
  return gain > 0 ? other : best;
}

interface Attempt {
  readonly layers: ReadonlyMap<string, StoredLayer>;
  /** What stands before the architecture's names in the file. */
  readonly prefix: string;
}

const NOTHING: Attempt = { layers: new Map(), prefix: '' };

function byName(targets: readonly Target[], file: WeightFile, dialect: Dialect): Attempt | undefined {
  // Keras once had slashes in names, which it no longer allows.
  const plain = (name: string) => (file.framework === 'keras' ? name.replaceAll('/', '_') : name);
  const stored = new Map(file.layers.map((layer) => [plain(layer.name), layer]));
  const first = dialect(targets[0]!.name);
  const prefixes = [...stored.keys()]
    .filter((name) => name.endsWith(first))
    .map((name) => name.slice(0, -first.length))
    .filter((prefix) => /(^|[._])$/.test(prefix));
  return prefixes
    .map((prefix): Attempt => {
      const found = targets.map(({ name }) => [name, stored.get(prefix + dialect(name))] as const);
      return { prefix, layers: new Map(found.filter((pair): pair is [string, StoredLayer] => !!pair[1])) };
    })
    .reduce<Attempt | undefined>(
      (best, other) => (best && best.layers.size >= other.layers.size ? best : other),
      undefined,
    );
}

/** What Keras calls layers that nobody named: the class, and a number counted through a session. */
const AUTOMATIC = /(?:^|\/)(?:conv2d|depthwise_conv2d|batch_normalization)(?:_(\d+))?$/;

/** Networks whose layers Keras lists in another order than it makes them, as they branch. */
const BRANCHED = ['inceptionv3', 'resnet50v2'];

/** Whether the file says, by order or by numbers, in which order the network's layers were made. */
function hasOrder({ name, framework }: Architecture, file: WeightFile): boolean {
  const counted = ofNetworks(file).every((layer) => AUTOMATIC.test(layer.name));
  if (framework === 'keras' && BRANCHED.includes(name)) return counted && file.naming !== 'numbered';
  return counted || file.naming === 'ordered';
}

function ofNetworks({ layers, framework }: WeightFile): StoredLayer[] {
  return layers.filter((layer) => storedKind(layer, framework) !== undefined);
}

/** The n-th convolution for the n-th convolution, and so with each kind of layer. */
function inOrder(
  targets: readonly Target[],
  { framework }: WeightFile,
  stored: readonly StoredLayer[],
): Attempt | undefined {
  const layers = new Map<string, StoredLayer>();
  for (const kind of layerKinds) {
    const wanted = targets.filter((target) => target.kind === kind);
    const given = inOrderMade(stored.filter((layer) => storedKind(layer, framework) === kind));
    if (given.length < wanted.length) return undefined;
    for (const [i, { name }] of wanted.entries()) layers.set(name, given[i]!);
  }
  return { layers, prefix: '' };
}

/** Layers that Keras numbered by their numbers, others as they are. */
function inOrderMade(layers: StoredLayer[]): StoredLayer[] {
  const numbers = new Map(layers.map((layer) => [layer, AUTOMATIC.exec(layer.name)]));
  if (![...numbers.values()].every(Boolean)) return layers;
  const number = (layer: StoredLayer) => Number(numbers.get(layer)![1] ?? 0);
  return layers.sort((a, b) => number(a) - number(b));
}

function check(targets: readonly Target[], file: WeightFile, { layers, prefix }: Attempt) {
  const ofTargets = targets.map((target) => {
    const layer = layers.get(target.name);
    return layer ? misfits(target, layer, file.framework) : [`${target.name} is missing`];
  });
  const used = new Set(layers.values());
  const isTop = topOf(file, used, prefix);
  const leftOver = ofNetworks(file).filter((layer) => !used.has(layer) && !isTop(layer));
  return {
    layers,
    problems: [...ofTargets.flat(), ...leftOver.map(({ name }) => `${name} is left over`)],
    wrongLayers: ofTargets.filter((problems) => problems.length > 0).length + leftOver.length,
  };
}

/** Says of a layer that was not asked for whether it can be of a classifier's top, or of somebody's new one. */
function topOf(
  file: WeightFile,
  used: ReadonlySet<StoredLayer>,
  prefix: string,
): (layer: StoredLayer) => boolean {
  if (file.framework === 'pytorch') {
    // It is in a module without any of the architecture's layers.
    const module = ({ name }: StoredLayer) => name.slice(prefix.length).split('.')[0];
    const modules = new Set([...used].map(module));
    return (layer) => !layer.name.startsWith(prefix) || !modules.has(module(layer));
  }
  if (file.naming === 'ordered') {
    const last = file.layers.findLastIndex((layer) => used.has(layer));
    const after = new Set(file.layers.slice(last + 1));
    return (layer) => after.has(layer);
  }
  return ({ weights }) => {
    const kernel = weights.find(({ name }) => name === 'kernel')?.shape;
    return kernel === undefined || (kernel[0] === 1 && kernel[1] === 1);
  };
}
