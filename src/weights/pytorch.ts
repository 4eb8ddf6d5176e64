/**
 * @file PyTorch's state dicts, as torch.save writes them: a zip archive of a pickle and its storages, or (before 1.6)
 * pickles and storages one after another.
 */
import { readFile } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';
import type { ZipArchive } from '../files/zip.js';
import { sizeOf } from '../graph/tensor.js';
import { elementTypes } from './numbers.js';
import { type Pickled, unpickle } from './pickle.js';
import { allowedGlobals, type Storage, StoredTensor, storageOf } from './pytorch-tensors.js';
import { byLayer, pytorchLayer, type StoredWeight, type WeightFile } from './weight-file.js';

/** The entry of an archive that is the pickle. */
export const STATE = /(^|\/)data\.pkl$/;
const LARGEST_PICKLE = 256 * 2 ** 20;

/** Bytes of a storage, from one of its elements on. */
type ReadStorage = (tensor: StoredTensor, from: number, bytes: number) => Promise<Uint8Array>;

/**
 * Opens a zip archive that torch.save wrote.
 * @throws TransfuseError `bad-zip`, `bad-pickle`, `unsafe-pickle`, `no-weights`
 */
export async function openTorchArchive(archive: ZipArchive): Promise<WeightFile> {
  const { source } = archive;
  const pickle = archive.names.find((name) => STATE.test(name))!;
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (archive.names.some((name) => name.startsWith(`${folder}code/`))) {
    throw noWeights(
      source,
      'it is a TorchScript program; save a state dict instead (torch.save(model.state_dict(), file))',
    );
  }
  if (archive.has(`${folder}byteorder`)) {
    const order = new TextDecoder().decode(await archive.read(`${folder}byteorder`, 64));
    if (order !== 'little')
      throw noWeights(source, `its numbers are ${order}-endian; only little-endian ones are read`);
  }
  const { value } = unpickle(await archive.read(pickle, LARGEST_PICKLE), optionsFor(source));
  const read: ReadStorage = ({ storage }, from, bytes) => {
    const entry = `${folder}data/${storage.key}`;
    const at = from * elementTypes[storage.type].bytes;
    return archive.readPart(entry, at, at + bytes);
  };
  return weightFile(source, value, read, async () => archive.close());
}

/** What begins a file of the old format, as a pickled integer. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/**
 * Opens a file of the old format, which is read whole.
 * @throws TransfuseError `bad-pickle`, `unsafe-pickle`, `no-weights`
 */
export async function openLegacyTorch(source: string): Promise<WeightFile> {
  const file = await readFile(source);
  const types = new Map<string, Storage['type']>();
  const options = optionsFor(source, ({ key, type }) => types.set(key, type));
  let at = 0;
  const next = (): Pickled => {
    const { value, end } = unpickle(file.subarray(at), options);
    at += end;
    return value;
  };
  const magic = next();
  if (magic !== MAGIC || next() !== VERSION) {
    throw noWeights(source, 'it is a pickle, but not one that torch.save wrote');
  }
  next(); // what machine wrote it
  const state = next();
  const keys = next();
  const storages = new Map<string, Uint8Array>();
  for (const key of Array.isArray(keys) ? keys.map(String) : []) {
    const type = types.get(key);
    if (!type || at + 8 > file.length) throw noWeights(source, `it is truncated before the storage ${key}`);
    const bytes = Number(file.readBigInt64LE(at)) * elementTypes[type].bytes;
    at += 8;
    if (!(bytes >= 0 && at + bytes <= file.length))
      throw noWeights(source, `it is truncated within the storage ${key}`);
    storages.set(key, file.subarray(at, (at += bytes)));
  }
  const read: ReadStorage = async ({ storage }, from, bytes) => {
    const begin = from * elementTypes[storage.type].bytes;
    const part = storages.get(storage.key)?.subarray(begin, begin + bytes);
    if (part?.length !== bytes) throw noWeights(source, `the storage ${storage.key} is missing or too short`);
    return part;
  };
  return weightFile(source, state, read, async () => storages.clear());
}

function optionsFor(source: string, onStorage: (storage: Storage) => void = () => undefined) {
  const persistent = (id: Pickled): Pickled => {
    const storage = storageOf(id);
    if (storage) {
      onStorage(storage);
      return storage;
    }
    // The old format also keeps the source code of modules there.
    throw noWeights(source, 'it refers to something other than tensors outside its pickle');
  };
  return { allowed: allowedGlobals, persistent, source };
}

function weightFile(
  source: string,
  value: Pickled,
  readStorage: ReadStorage,
  close: () => Promise<void>,
): WeightFile {
  const weights = tensorsIn(value).map(([name, tensor]): StoredWeight => {
    const { storage, offset, shape, span } = tensor;
    if (offset + span > storage.length || sizeOf(shape) > storage.length) {
      throw noWeights(source, `${name} reaches beyond its storage`);
    }
    const read = async () => {
      const bytes = await readStorage(
        tensor,
        storage.start + offset,
        span * elementTypes[storage.type].bytes,
      );
      return tensor.valuesIn(bytes);
    };
    return { name, shape, read };
  });
  if (weights.length === 0) throw noWeights(source, 'it holds no tensors by name, as a state dict does');
  const layers = [...byLayer(weights, '.')].map(([name, ofLayer]) => pytorchLayer(name, ofLayer));
  return { source, framework: 'pytorch', naming: 'ordered', layers, close };
}

/** The tensors of a state dict; in a checkpoint it is the dict with the most of them. */
function tensorsIn(value: Pickled): [string, StoredTensor][] {
  const named = (dict: Pickled) =>
    dict instanceof Map
      ? [...dict].filter(
          (pair): pair is [string, StoredTensor] =>
            typeof pair[0] === 'string' && pair[1] instanceof StoredTensor,
        )
      : [];
  const nested = value instanceof Map ? [...value.values()].map(named) : [];
  return [named(value), ...nested].reduce((most, tensors) => (tensors.length > most.length ? tensors : most));
}

function noWeights(source: string, why: string): TransfuseError {
  return new TransfuseError('no-weights', `${source} holds no weights of PyTorch that can be read: ${why}`);
}
