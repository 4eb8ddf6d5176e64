/** @file Models on their way to several threads by way of the disk, so that memory does not hold their bytes as well. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { discard } from './discard.js';

export interface ModelFiles {
  readonly paths: readonly string[];
  remove(): Promise<void>;
}

/** Writes models into the system's temporary folder; the bytes of each are gone once it is written. */
export async function writeModelFiles(models: readonly Uint8Array[]): Promise<ModelFiles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'transfuse-models-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const paths: string[] = [];
    for (const [i, model] of models.entries()) {
      const file = path.join(folder, `${i}.onnx`);
      await writeFile(file, model);
      discard(model);
      paths.push(file);
    }
    return { paths, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
