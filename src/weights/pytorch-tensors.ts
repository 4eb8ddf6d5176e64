/** @file What PyTorch's pickles may contain: tensors as views of storages, and plain data beside them. */
import { type Shape, sizeOf } from '../graph/tensor.js';
import { type ElementTypeName, elementTypes, toFloat32 } from './numbers.js';
import { type AllowedGlobals, type Global, Ignored, type Pickled } from './pickle.js';

/** A run of elements that tensors are views of, kept outside the pickle. */
export interface Storage {
  readonly key: string;
  /** Absent where only its tensors know. */
  readonly type: ElementTypeName | undefined;
  /** In elements, or in bytes where the type is not known. */
  readonly length: number;
  /** Where the storage begins within the one called `key`, in elements. */
  readonly start: number;
}

/** A tensor whose values have not been read. */
export class StoredTensor {
  constructor(
    readonly storage: Storage & { readonly type: ElementTypeName },
    /** Where it begins in its storage, in elements. */
    readonly offset: number,
    readonly shape: Shape,
    /** Per axis, in elements. */
    readonly strides: readonly number[],
  ) {}

  /** Elements of the storage from the first to the last that the tensor has. */
  get span(): number {
    if (this.shape.includes(0)) return 0;
    return 1 + this.shape.reduce((last, size, axis) => last + (size - 1) * this.strides[axis]!, 0);
  }

  /**
   * The values in row-major order.
   * @param bytes of the span
   */
  valuesIn(bytes: Uint8Array): Float32Array {
    const { shape, strides } = this;
    const stored = toFloat32(bytes, this.storage.type, this.span);
    const count = sizeOf(shape);
    if (strides.every((stride, axis) => shape[axis] === 1 || stride === sizeOf(shape.slice(axis + 1))))
      return stored;
    const values = new Float32Array(count);
    const index = shape.map(() => 0);
    let at = 0;
    for (let i = 0; i < count; i++) {
      values[i] = stored[at]!;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += strides[axis]!;
        if (++index[axis]! < shape[axis]!) break;
        at -= shape[axis]! * strides[axis]!;
        index[axis] = 0;
      }
    }
    return values;
  }
}

/** A class of storages or `torch.float32` and its like, as pickles name them; untyped storages have bytes. */
interface ElementClass extends Global {
  readonly elementType: ElementTypeName | undefined;
}

const storageTypes: Record<string, ElementTypeName> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

/** All that a state dict, or a checkpoint around one, needs. A name that is not here is refused. */
export const allowedGlobals: AllowedGlobals = {
  'torch._utils._rebuild_tensor': rebuild,
  'torch._utils._rebuild_tensor_v2': rebuild,
  'torch._utils._rebuild_tensor_v3': rebuild,
  'torch._utils._rebuild_parameter': ([tensor]) => tensor,
  'torch._utils._rebuild_parameter_with_state': ([tensor]) => tensor,
  'torch.Size': ([sizes]) => sizes,
  'collections.OrderedDict': asMap,
  'collections.defaultdict': asMap,
  '__builtin__.set': asSet,
  'builtins.set': asSet,
  ...elementClasses('torch', storageTypes),
  ...elementClasses('torch.cuda', storageTypes),
  ...elementClasses('torch', Object.fromEntries(Object.keys(elementTypes).map((type) => [type, type]))),
  ...elementClasses('torch.storage', { UntypedStorage: undefined }),
  ...Object.fromEntries(
    [
      '_codecs.encode',
      'argparse.Namespace',
      'numpy._core.multiarray._reconstruct',
      'numpy._core.multiarray.scalar',
      'numpy.core.multiarray._reconstruct',
      'numpy.core.multiarray.scalar',
      'numpy.dtype',
      'numpy.ndarray',
      'pathlib.PosixPath',
      'pathlib.WindowsPath',
      'torch.device',
      'types.SimpleNamespace',
    ].map((name) => [name, () => new Ignored()]),
  ),
};

function elementClasses(module: string, types: Record<string, string | undefined>): AllowedGlobals {
  return Object.fromEntries(
    Object.entries(types).map(([name, elementType]) => [
      `${module}.${name}`,
      Object.assign(() => new Ignored(), { elementType }),
    ]),
  );
}

/** Dicts are made from pairs, or filled afterwards. */
function asMap([pairs]: readonly Pickled[]): Pickled {
  const isPairs = Array.isArray(pairs) && pairs.every(Array.isArray);
  return new Map(isPairs ? (pairs as [Pickled, Pickled][]) : []);
}

function asSet([items]: readonly Pickled[]): Pickled {
  return new Set(Array.isArray(items) ? items : []);
}

/**
 * A storage from its persistent id: `('storage', class, key, location, length, view)`.
 * @returns undefined where it is none
 */
export function storageOf(id: Pickled): Storage | undefined {
  if (!Array.isArray(id) || id[0] !== 'storage' || typeof id[1] !== 'function' || !('elementType' in id[1]))
    return undefined;
  const [, storageClass, key, , length, view] = id;
  const { elementType } = storageClass as ElementClass;
  if ((typeof key !== 'string' && typeof key !== 'number') || !isCount(length)) return undefined;
  // Before PyTorch 0.4 storages could be parts of others.
  const start = Array.isArray(view) && isCount(view[1]) ? view[1] : 0;
  return { key: String(key), type: elementType, length, start };
}

/** `(storage, offset, shape, strides, …)`; the third version says the type of the elements, as its storages have none. */
function rebuild([storage, offset, shape, strides, , , elementClass]: readonly Pickled[]): Pickled {
  if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) return new Ignored();
  const type = storage.type ?? (elementClass as ElementClass | undefined)?.elementType;
  if (!type || shape.length !== strides.length) return new Ignored();
  const length = storage.type ? storage.length : Math.floor(storage.length / elementTypes[type].bytes);
  return new StoredTensor({ ...storage, type, length }, offset, shape, strides);
}

function isStorage(value: Pickled): value is Storage {
  return typeof value === 'object' && value !== null && 'start' in value && 'key' in value;
}

function isCount(value: Pickled): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: Pickled): value is number[] {
  return Array.isArray(value) && value.length <= MOST_AXES && value.every(isCount);
}

const MOST_AXES = 8;
