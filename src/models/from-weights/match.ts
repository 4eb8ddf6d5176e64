/**
 * @file Finds an architecture's layers in a file of weights: by their names, perhaps below a prefix or in another
 * dialect; or else in order, as Keras loads files whose layers were numbered as they came.
 */
import type { StoredLayer, WeightFile } from '../../weights/weight-file.js';
import type { Architecture } from '../architectures/index.js';
import { type Dialect, kerasInPytorch, sameFramework } from './dialects.js';
import { type LayerKind, misfits, storedKind, type Target, targetsOf } from './targets.js';

export interface Match {
  readonly architecture: Architecture;
  /** The stored layer of each of the architecture's, by its name. */
  readonly layers: ReadonlyMap<string, StoredLayer>;
  /** What is missing, left over, or of the wrong shape, in words; nothing where the file fits. */
  readonly problems: readonly string[];
}

/**
 * The best that can be made of a file for an architecture.
 * @param asked whether somebody says that the file is for this architecture, so that it need not show
 */
export function match(architecture: Architecture, file: WeightFile, { asked = false } = {}): Match {
  const targets = targetsOf(architecture);
  const same = (architecture.framework === 'keras') === (file.framework === 'keras');
  const dialects = same ? sameFramework : asked ? kerasInPytorch : [];
  const attempts = dialects.map((dialect) => byName(targets, file, dialect));
  if (same) attempts.push(inOrder(architecture, targets, file));
  const checked = attempts.flatMap((found) => (found ? [check(architecture, targets, file, found)] : []));
  const none = { architecture, layers: new Map(), problems: targets.map(({ name }) => `${name} is missing`) };
  return checked.reduce<Match>(
    (best, other) => (other.problems.length < best.problems.length ? other : best),
    none,
  );
}

interface Found {
  readonly layers: ReadonlyMap<string, StoredLayer>;
  /** What stands before the architecture's names in the file. */
  readonly prefix: string;
}

/** Keras once had slashes in names, which it no longer allows. */
const comparable = (name: string, { framework }: WeightFile) =>
  framework === 'keras' ? name.replaceAll('/', '_') : name;

function byName(targets: readonly Target[], file: WeightFile, dialect: Dialect): Found | undefined {
  const stored = new Map(file.layers.map((layer) => [comparable(layer.name, file), layer]));
  const wanted = targets.map(({ name }) => [name, dialect(name)] as const);
  const [, first] = wanted[0]!;
  if (first === undefined) return undefined;
  const found = [...stored.keys()]
    .filter((name) => name.endsWith(first) && /(^|[._])$/.test(name.slice(0, -first.length)))
    .map((name): Found => {
      const prefix = name.slice(0, -first.length);
      const pairs = wanted.flatMap(([target, there]) => {
        const layer = there === undefined ? undefined : stored.get(prefix + there);
        return layer ? [[target, layer] as const] : [];
      });
      return { prefix, layers: new Map(pairs) };
    });
  return found.reduce<Found | undefined>(
    (best, other) => (best && best.layers.size >= other.layers.size ? best : other),
    undefined,
  );
}

/** What Keras calls layers that nobody named: the class, and a number counted through a session. */
const AUTOMATIC = /^(?:.*\/)?(?:conv2d|depthwise_conv2d|batch_normalization)(?:_(\d+))?$/;

/** Networks whose layers Keras lists in another order than it made them, as they branch. */
const BRANCHED = ['inceptionv3', 'resnet50v2'];

/**
 * The n-th convolution for the n-th convolution, and so with each kind of layer. Layers that Keras numbered are taken
 * by their numbers, which count as the network was made; others as the file has them.
 */
function inOrder(
  architecture: Architecture,
  targets: readonly Target[],
  file: WeightFile,
): Found | undefined {
  if (file.naming !== 'ordered' && file.framework === 'pytorch') return undefined;
  const layers = new Map<string, StoredLayer>();
  for (const kind of ['convolution', 'depthwise', 'norm'] satisfies LayerKind[]) {
    const wanted = targets.filter((target) => target.kind === kind);
    let stored = file.layers.filter((layer) => storedKind(layer, file.framework) === kind);
    const isNumbered = stored.every(({ name }) => AUTOMATIC.test(name));
    const isMade = isNumbered && file.naming !== 'numbered';
    if (file.framework === 'keras' && BRANCHED.includes(architecture.name) && !isMade) return undefined;
    if (file.naming !== 'ordered' && !isNumbered) return undefined;
    if (isNumbered) stored = stored.sort((a, b) => numberOf(a) - numberOf(b));
    if (stored.length < wanted.length) return undefined;
    wanted.forEach(({ name }, i) => layers.set(name, stored[i]!));
  }
  return { layers, prefix: '' };
}

function numberOf({ name }: StoredLayer): number {
  return Number(AUTOMATIC.exec(name)?.[1] ?? 0);
}

function check(
  architecture: Architecture,
  targets: readonly Target[],
  file: WeightFile,
  { layers, prefix }: Found,
): Match {
  const problems = targets.flatMap((target) => {
    const layer = layers.get(target.name);
    return layer ? misfits(target, layer, file.framework) : [`${target.name} is missing`];
  });
  const used = new Set(layers.values());
  const leftOver = file.layers.filter((layer) => !used.has(layer) && !isTop(layer, file, used, prefix));
  return {
    architecture,
    layers,
    problems: [...problems, ...leftOver.map(({ name }) => `${name} is left over`)],
  };
}

/** Whether a layer that was not asked for can be a classifier's own, or somebody's new one, which are not wanted. */
function isTop(
  layer: StoredLayer,
  file: WeightFile,
  used: ReadonlySet<StoredLayer>,
  prefix: string,
): boolean {
  if (storedKind(layer, file.framework) === undefined) return true;
  if (file.framework === 'pytorch') {
    // A module without any of the architecture's layers.
    const outermost = ({ name }: StoredLayer) => name.slice(prefix.length).split('.')[0];
    if (!layer.name.startsWith(prefix)) return true;
    return ![...used].some((other) => outermost(other) === outermost(layer));
  }
  if (file.naming === 'ordered') {
    const last = file.layers.findLastIndex((other) => used.has(other));
    return file.layers.indexOf(layer) > last;
  }
  const kernel = layer.weights.find(({ name }) => name === 'kernel')?.shape;
  return kernel === undefined || (kernel[0] === 1 && kernel[1] === 1);
}
