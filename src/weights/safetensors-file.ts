/** @file A safetensors file as a file of weights: opened, and read tensor by tensor. */
import { type FileHandle, open } from 'node:fs/promises';
import { sizeOf } from '../graph/tensor.js';
import { toFloat32 } from './numbers.js';
import { badFile, headerLength, parseHeader } from './safetensors.js';
import { byLayer, pytorchLayer, type StoredWeight, type WeightFile } from './weight-file.js';

/**
 * Opens a safetensors file of PyTorch's names, and reads weights when they are asked for.
 * @throws TransfuseError `bad-safetensors`
 */
export async function openSafetensors(source: string): Promise<WeightFile> {
  const bad = badFile(source);
  const file = await open(source);
  try {
    const { size } = await file.stat();
    const length = headerLength(await readAt(file, 0, Math.min(8, size)), size, bad);
    const { places } = parseHeader(await readAt(file, 8, length), size, bad);
    const weights = places.map(
      ({ name, type, shape, from, bytes }): StoredWeight => ({
        name,
        shape,
        read: async () => toFloat32(await readAt(file, from, bytes), type, sizeOf(shape)),
      }),
    );
    const layers = [...byLayer(weights, '.')].map(([name, ofLayer]) => pytorchLayer(name, ofLayer));
    return { source, framework: 'pytorch', naming: 'named', layers, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readAt(file: FileHandle, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, from + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
