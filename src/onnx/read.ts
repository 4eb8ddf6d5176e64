/** @file Reads an `.onnx` file with whatever lies beside it. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { TransfuseError } from '../errors.js';
import { decodeOnnx } from './decode.js';
import { ExternalFiles } from './external-data.js';
import { describeOtherFile } from './file-kind.js';
import type { OnnxModel } from './model.js';

/** A model with the identity of the file it came from. */
export interface OnnxFile extends OnnxModel {
  /** The file's name without folder and `.onnx`; `network` where it came as bytes. */
  readonly name: string;
  /** SHA-256 of the file, in hexadecimal, continued over its files of external data in order of first use. */
  readonly sha256: string;
}

/**
 * Reads a model from a path or from the bytes of a file.
 * @throws TransfuseError `model-not-found`, `model-unreadable`, `empty-file`, `not-onnx` and those of decodeOnnx and
 * external data
 */
export async function readOnnx(pathOrBytes: string | Uint8Array): Promise<OnnxFile> {
  if (typeof pathOrBytes !== 'string') return read(pathOrBytes, 'the model', 'network');
  const bytes = await readBytes(pathOrBytes);
  const files = new ExternalFiles(dirname(pathOrBytes));
  try {
    return await read(bytes, pathOrBytes, basename(pathOrBytes).replace(/\.onnx$/i, ''), files);
  } finally {
    files.close();
  }
}

async function read(
  bytes: Uint8Array,
  shown: string,
  name: string,
  files?: ExternalFiles,
): Promise<OnnxFile> {
  if (bytes.length === 0)
    throw new TransfuseError('empty-file', `${shown} is empty; it should be an ONNX model`);
  const other = describeOtherFile(bytes);
  if (other) throw new TransfuseError('not-onnx', `${shown} is not an ONNX file but ${other}`);
  const model = decodeOnnx(bytes, { name: shown, readExternal: files?.read });
  const hash = createHash('sha256').update(bytes);
  for (const path of files?.paths ?? []) hash.update(await readFile(path));
  return { ...model, name, sha256: hash.digest('hex') };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT')
      throw new TransfuseError('model-not-found', `there is no model file ${path}`, { cause });
    const why =
      code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'no permission' : String(code ?? cause);
    throw new TransfuseError('model-unreadable', `the model file ${path} cannot be read: ${why}`, { cause });
  }
}
