/**
 * @file HDF5 files, read where they lie: groups, attributes, and datasets by slices, so that a file may be larger than
 * memory. The work is the HDF5 library's own (h5wasm), which opens the file by its path; reading blocks the thread.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ready as libraryReady, Metadata } from 'h5wasm';
import { TransfuseError } from '../errors.js';

type H5Module = Awaited<typeof libraryReady>;

/** Element types. float16 is read as its bits, bool as 0 and 1. */
export type Hdf5Type = keyof typeof arrays | 'string';

export type Hdf5Values =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | readonly string[];

/** An attribute: its values in row-major order, and a shape that is `[]` for a scalar. */
export interface Hdf5Attribute {
  readonly shape: readonly number[];
  readonly values: Hdf5Values;
}

export interface Hdf5Dataset {
  /** From the root, without a leading slash: `model_weights/conv1/kernel:0`. */
  readonly path: string;
  /** Sizes per axis, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  readonly dtype: Hdf5Type;

  /**
   * The values in row-major order.
   * @param ranges per axis [from, to), outermost first; axes not named are read whole
   * @throws TransfuseError `bad-hdf5` where they cannot be read or would not fit in memory
   */
  read(...ranges: readonly (readonly [from: number, to: number])[]): Hdf5Values;
}

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  bool: Uint8Array,
} as const;

type NumericType = keyof typeof arrays;

/** HDF5's type classes, numbered as in H5Tpublic.h. */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
const ENUM = 8;

/** What is read through the library's memory at a time, which grows with it and never shrinks; bytes. */
const BLOCK_BYTES = 32 * 2 ** 20;
/** Deflate packs at most 1032:1; a file that claims more is damaged, or wants our memory. */
const HIGHEST_COMPRESSION = 1040;
const DEEPEST = 32;
const MOST_OBJECTS = 20_000;

/**
 * Opens an HDF5 file for reading. Close it when done.
 * @param source what to call it in messages
 * @throws TransfuseError `file-not-found`, or `bad-hdf5` where it is something else, truncated or damaged
 */
export async function openHdf5(file: string, source = file): Promise<Hdf5File> {
  if (!existsSync(file)) throw new TransfuseError('file-not-found', `${source} does not exist`);
  return new Hdf5File(file, source, await library());
}

export class Hdf5File {
  private readonly id: bigint;
  private readonly fileBytes: number;

  constructor(
    file: string,
    /** For messages. */
    readonly source: string,
    private readonly module: H5Module,
  ) {
    this.fileBytes = statSync(file).size;
    this.id = this.call('it', () => module.open(path.resolve(file), module.H5F_ACC_RDONLY, false, -1, -1));
  }

  close(): void {
    this.module.close_file(this.id);
  }

  /** The names in a group, alphabetically; none where there is no such group. */
  keys(group = ''): string[] {
    if (this.kind(group) !== 'group') return [];
    return this.call(`group /${group}`, () => this.module.get_names(this.id, `/${group}`, false));
  }

  /** What lies at a path. */
  kind(path: string): 'group' | 'dataset' | undefined {
    const { H5G_GROUP, H5G_DATASET } = this.module;
    if (path === '') return 'group';
    const type = this.call(path, () =>
      path.includes('\0') ? -1 : this.module.get_type(this.id, `/${path}`),
    );
    return type === H5G_GROUP ? 'group' : type === H5G_DATASET ? 'dataset' : undefined;
  }

  /** The paths of all datasets at and below a group, in alphabetical order of each level. */
  datasets(group = ''): string[] {
    let visited = 0;
    const below = (group: string, depth: number): string[] =>
      this.keys(group).flatMap((key) => {
        // Links may go round in circles.
        if (depth > DEEPEST) throw this.bad(`its groups lie more than ${DEEPEST} deep`);
        if (++visited > MOST_OBJECTS) throw this.bad(`it has more than ${MOST_OBJECTS} groups and datasets`);
        const path = group === '' ? key : `${group}/${key}`;
        const kind = this.kind(path);
        return kind === 'dataset' ? [path] : kind === 'group' ? below(path, depth + 1) : [];
      });
    return below(group, 1);
  }

  /** @throws TransfuseError `missing-dataset` where there is none of that path, naming those that are there */
  dataset(path: string): Hdf5Dataset {
    if (this.kind(path) !== 'dataset') {
      const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
      const group = this.kind(parent) === 'group' ? parent : '';
      throw new TransfuseError(
        'missing-dataset',
        `${this.source} has no dataset ${path}; ${group === '' ? 'it' : `its group ${group}`} holds ${listed(this.keys(group))}`,
      );
    }
    const metadata = this.call(path, () => this.module.get_dataset_metadata(this.id, `/${path}`));
    const dtype = this.typeOf(path, metadata);
    const shape = metadata.shape ?? [0];
    return { path, shape, dtype, read: (...ranges) => this.read(path, metadata, dtype, shape, ranges) };
  }

  /** An attribute of a group or dataset (`''` is the root); undefined where there is none of that name. */
  attribute(path: string, name: string): Hdf5Attribute | undefined {
    const { module, id } = this;
    const where = `attribute ${name} of /${path}`;
    if (this.kind(path) === undefined) return undefined;
    if (!this.call(where, () => module.get_attribute_names(id, `/${path}`)).includes(name)) return undefined;
    const metadata = this.call(where, () => module.get_attribute_metadata(id, `/${path}`, name));
    const dtype = this.typeOf(where, metadata);
    const shape = metadata.shape ?? [0];
    const count = product(shape);
    this.checkSize(where, count * metadata.size);
    const values = this.throughMemory(where, count * metadata.size, (pointer) => {
      this.call(where, () => module.get_attribute_data(id, `/${path}`, name, pointer));
      const copy = decode(module, metadata, dtype, count, pointer);
      if (metadata.vlen) module.reclaim_vlen_memory(id, `/${path}`, name, pointer);
      return copy;
    });
    return { shape, values };
  }

  /** The one text, or the first of several, of an attribute; undefined where there is no such text. */
  text(path: string, name: string): string | undefined {
    const value = this.attribute(path, name)?.values[0];
    return typeof value === 'string' ? value : undefined;
  }

  private read(
    path: string,
    metadata: Metadata,
    dtype: Hdf5Type,
    shape: readonly number[],
    ranges: readonly (readonly [number, number])[],
  ): Hdf5Values {
    const from = shape.map((size, axis) => Math.min(Math.max(ranges[axis]?.[0] ?? 0, 0), size));
    const count = shape.map((size, axis) =>
      Math.max(Math.min(ranges[axis]?.[1] ?? size, size) - from[axis], 0),
    );
    const total = product(count);
    this.checkSize(path, total * metadata.size);
    if (total === 0) return dtype === 'string' ? [] : new arrays[dtype](0);
    const [rows = 1, ...rest] = count;
    const perRow = product(rest);
    const rowsAtOnce = Math.max(1, Math.floor(BLOCK_BYTES / (perRow * metadata.size)));
    const texts: string[] = [];
    const values = dtype === 'string' ? texts : this.allocate(path, dtype, total);
    for (let row = 0; row < rows; row += rowsAtOnce) {
      const block = Math.min(rowsAtOnce, rows - row);
      const start = shape.length === 0 ? [] : [from[0] + row, ...from.slice(1)];
      const part = this.block(path, metadata, dtype, start, shape.length === 0 ? [] : [block, ...rest]);
      if (Array.isArray(part)) for (const text of part) texts.push(text);
      else (values as Uint8Array).set(part as Uint8Array, row * perRow);
    }
    return values;
  }

  /** A part small enough to go through the library's memory at once. */
  private block(
    path: string,
    metadata: Metadata,
    dtype: Hdf5Type,
    from: number[],
    count: number[],
  ): Hdf5Values {
    const { module, id } = this;
    const big = count.map(BigInt);
    const total = product(count);
    return this.throughMemory(path, total * metadata.size, (pointer) => {
      const scalar = count.length === 0;
      const [size, offset, stride] = scalar ? [null, null, null] : [big, from.map(BigInt), big.map(() => 1n)];
      this.call(path, () => module.get_dataset_data(id, `/${path}`, size, offset, stride, pointer));
      const values = decode(module, metadata, dtype, total, pointer);
      if (metadata.vlen) module.reclaim_vlen_memory_count(id, `/${path}`, '', pointer, big);
      return values;
    });
  }

  private typeOf(path: string, { type, size, signed, enum_type, vlen_type }: Metadata): Hdf5Type {
    if (type === STRING) return 'string';
    if (type === FLOAT && (size === 2 || size === 4 || size === 8))
      return `float${(size * 8) as 16 | 32 | 64}`;
    const truth = enum_type && 'FALSE' in enum_type.members && 'TRUE' in enum_type.members;
    if (type === ENUM && size === 1 && truth) return 'bool';
    if (type === INTEGER && (size === 1 || size === 2 || size === 4 || size === 8)) {
      return `${signed ? 'int' : 'uint'}${(size * 8) as 8 | 16 | 32 | 64}`;
    }
    const what = vlen_type ? 'lists of different lengths' : `HDF5 type class ${type} of ${size} bytes`;
    throw new TransfuseError(
      'bad-hdf5',
      `${path} in ${this.source} holds ${what}; numbers, booleans and texts are read`,
    );
  }

  private checkSize(path: string, bytes: number): void {
    if (!(bytes <= this.fileBytes * HIGHEST_COMPRESSION)) {
      throw this.bad(`${path} claims ${bytes} bytes, more than a file of ${this.fileBytes} can hold`);
    }
  }

  private allocate(path: string, dtype: NumericType, length: number) {
    try {
      return new arrays[dtype](length);
    } catch (cause) {
      throw new TransfuseError('bad-hdf5', `${path} in ${this.source} is too large to be read at once`, {
        cause,
      });
    }
  }

  /** Lends `use` cleared memory of the library's. */
  private throughMemory<Result>(where: string, bytes: number, use: (pointer: bigint) => Result): Result {
    const { module } = this;
    const pointer = this.call(where, () => module._malloc(Math.max(bytes, 1)));
    if (pointer === 0) throw this.bad(`${where} needs ${bytes} bytes at once`);
    module.HEAPU8.fill(0, pointer, pointer + bytes);
    try {
      return use(BigInt(pointer));
    } finally {
      module._free(pointer);
    }
  }

  /** Calls the library, whose failures are exceptions or negative numbers. */
  private call<Result>(what: string, call: () => Result): Result {
    complaints.length = 0;
    isCalling = true;
    let cause: unknown;
    try {
      const result = call();
      if (!((typeof result === 'bigint' || typeof result === 'number') && result < 0)) return result;
      if (complaints.length === 0) return result;
    } catch (error) {
      cause = error;
    } finally {
      isCalling = false;
    }
    throw this.bad(`${what} cannot be read${innermost(complaints.join(''))}`, cause);
  }

  private bad(why: string, cause?: unknown): TransfuseError {
    return new TransfuseError('bad-hdf5', `${this.source} is not a sound HDF5 file: ${why}`, { cause });
  }
}

/** What the library wrote to standard error during the present call. */
const complaints: string[] = [];
let isCalling = false;

let loading: Promise<H5Module> | undefined;

/** The library, loaded once. */
function library(): Promise<H5Module> {
  loading ??= load();
  return loading;
}

interface FileSystem {
  write(stream: { fd: number }, bytes: Uint8Array, from: number, length: number, ...rest: unknown[]): number;
}

/** Loads the library so that its error messages are caught: it prints them, where we say them. */
async function load(): Promise<H5Module> {
  // It takes console.error for good while it loads.
  const { error } = console;
  console.error = (...words) => (isCalling ? complaints.push(words.join(' ')) : error.apply(console, words));
  try {
    const { ready } = await import('h5wasm/node');
    const module = await ready;
    const fs = module.FS as unknown as FileSystem;
    const write = fs.write;
    fs.write = (stream, bytes, from, length, ...rest) => {
      if (stream.fd !== 2) return write(stream, bytes, from, length, ...rest);
      complaints.push(new TextDecoder().decode(bytes.subarray(from, from + length)));
      return length;
    };
    return module;
  } finally {
    console.error = error;
  }
}

/** The deepest line of an HDF5 error stack: `: file signature not found`. */
function innermost(stack: string): string {
  const last = [...stack.matchAll(/#\d+: .*?: (.*)/g)].at(-1)?.[1];
  return last ? ` (${last})` : '';
}

function decode(
  module: H5Module,
  metadata: Metadata,
  dtype: Hdf5Type,
  count: number,
  at: bigint,
): Hdf5Values {
  const bytes = module.HEAPU8.slice(Number(at), Number(at) + count * metadata.size);
  if (dtype !== 'string') return new arrays[dtype](bytes.buffer);
  if (metadata.vlen)
    return Array.from(new Uint32Array(bytes.buffer), (pointer) => module.UTF8ToString(pointer));
  return Array.from({ length: count }, (_, i) => {
    const text = bytes.subarray(i * metadata.size, (i + 1) * metadata.size);
    const end = text.indexOf(0);
    return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
  });
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}
