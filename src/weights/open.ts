/** @file Opens whatever file of weights there is, by what it contains rather than what it is called. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';
import { openHdf5 } from '../files/hdf5.js';
import { openZip, type ZipArchive } from '../files/zip.js';
import { KERAS_WEIGHTS, openKerasArchive } from './keras-archive.js';
import { kerasLayers } from './keras-hdf5.js';
import { openLegacyTorch, openTorchArchive, STATE } from './pytorch.js';
import { openSafetensors } from './safetensors-file.js';
import { openTensorflowJs } from './tensorflowjs.js';
import type { WeightFile } from './weight-file.js';

interface Format {
  readonly matches: (start: Buffer) => boolean;
  readonly open: (path: string) => Promise<WeightFile>;
}

const START_BYTES = 64;

const formats: readonly Format[] = [
  { matches: (start) => start.toString('latin1', 0, 4) === '\x89HDF', open: openKerasHdf5 },
  { matches: (start) => start.toString('latin1', 0, 4) === 'PK\x03\x04', open: openArchive },
  { matches: (start) => start[0] === 0x80 && start[1]! <= 5, open: openLegacyTorch },
  { matches: (start) => start[8] === 0x7b && start.length > 8 && start[0] !== 0x7b, open: openSafetensors },
  { matches: (start) => /^\s*\{/.test(start.toString('latin1')), open: openTensorflowJs },
];

/**
 * Opens a file of weights. Close it when done.
 * @returns undefined where it is of no format that holds weights alone, such as ONNX
 * @throws TransfuseError `model-not-found`, `model-unreadable`, `no-weights`, `unsafe-pickle`, and what each format throws
 */
export async function openWeights(path: string): Promise<WeightFile | undefined> {
  return (await formatOf(path))?.open(path);
}

/**
 * Whether a file is of a format that holds weights alone.
 * @throws TransfuseError `model-not-found`, `model-unreadable`
 */
export async function holdsWeights(path: string): Promise<boolean> {
  return (await formatOf(path)) !== undefined;
}

async function formatOf(path: string): Promise<Format | undefined> {
  const start = await startOf(path);
  return formats.find(({ matches }) => matches(start));
}

/** The SHA-256 of all files that the weights lie in, one after another, in hexadecimal. */
export async function hashOf({ source, files = [source] }: WeightFile): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

async function openKerasHdf5(source: string): Promise<WeightFile> {
  const hdf5 = await openHdf5(source);
  try {
    return { source, framework: 'keras', ...kerasLayers(hdf5), close: async () => hdf5.close() };
  } catch (error) {
    hdf5.close();
    throw error;
  }
}

async function openArchive(source: string): Promise<WeightFile> {
  const archive = await openZip(source);
  try {
    if (archive.has(KERAS_WEIGHTS)) {
      const weights = await openKerasArchive(archive);
      archive.close();
      return weights;
    }
    if (archive.names.some((name) => STATE.test(name))) return await openTorchArchive(archive);
    throw new TransfuseError('no-weights', notWeights(archive));
  } catch (error) {
    archive.close();
    throw error;
  }
}

function notWeights({ source, names }: ZipArchive): string {
  const shown = names.slice(0, 6).join(', ') + (names.length > 6 ? ' …' : '');
  return `${source} is a zip archive without weights: it holds ${shown || 'nothing'}, but neither ${KERAS_WEIGHTS} (Keras) nor data.pkl (PyTorch)`;
}

async function startOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new TransfuseError('model-not-found', `there is no model file ${path}`, { cause });
    const why = { EISDIR: 'it is a folder', EACCES: 'no permission' }[code ?? ''] ?? message;
    throw new TransfuseError('model-unreadable', `the model file ${path} cannot be read: ${why}`, { cause });
  }
}
