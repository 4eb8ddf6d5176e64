/**
 * @file Models on their way to several threads by way of the disk, so that memory does not hold their bytes as well; and
 * their constants, which ONNX Runtime does not read but maps: all threads have them in memory once.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { TransfuseError } from '../errors.js';
import { cannotWrite } from '../files/atomic.js';
import { discard } from './discard.js';
import { createSession } from './session.js';

export interface ModelFiles {
  readonly folder: string;
  /** Writes a model and returns its path; its bytes are gone afterwards. */
  write(model: Uint8Array): Promise<string>;
  /** Removes the folder. What is mapped stays so; systems that keep such files want to be asked again when it is not. */
  remove(): Promise<void>;
}

/** What the folders of this process begin with, whichever thread opens them. */
const OURS = `transfuse-models-${process.pid}-`;

let isClearing = false;

/**
 * When the process ends, so do folders of threads that were ended before they could remove them. To be called before such
 * threads are started; within them it does nothing, as they end before the process does.
 */
export function clearModelFilesAtExit(): void {
  if (isClearing || !isMainThread) return;
  isClearing = true;
  process.once('exit', () => {
    const all = existsSync(tmpdir()) ? readdirSync(tmpdir()) : [];
    for (const name of all.filter((name) => name.startsWith(OURS))) {
      try {
        rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
      } catch {
        // A system that does not let go of mapped files keeps it; nobody is left to be told.
      }
    }
  });
}

/**
 * Opens a folder of its own in the system's temporary one.
 * @throws TransfuseError `cannot-write`, as all that write there do
 */
export async function openModelFiles(): Promise<ModelFiles> {
  const name = path.join(tmpdir(), OURS);
  const folder = await mkdtemp(name).catch((error) => refuse(tmpdir(), error));
  let count = 0;
  return {
    folder,
    async write(model) {
      const file = path.join(folder, `${count++}.onnx`);
      await writeTemporary(file, model);
      discard(model);
      return file;
    },
    async remove() {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

/** Runs a model that takes nothing, and writes each of its results to a file of the result's name, unless it is there. */
export async function writeConstants(model: Uint8Array | string, folder: string): Promise<void> {
  const session = await createSession(model, { threads: 1, optimise: false });
  const missing = session.outputs.filter((name) => !existsSync(path.join(folder, name)));
  const results = missing.length > 0 ? await session.run({}, missing) : {};
  await session.release();
  for (const [name, { data }] of Object.entries(results)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeTemporary(path.join(folder, name), bytes);
    discard(data);
  }
}

async function writeTemporary(file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(file, bytes).catch((error) => refuse(file, error));
}

function refuse(file: string, cause: unknown): never {
  const { code, message } = cannotWrite(file, cause);
  throw new TransfuseError(code, `${message}; TMPDIR names another place for what is temporary`, { cause });
}
