/** @file PyTorch on this machine: whether it is here, and what its Python scripts do for us. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The path of a script in this folder. */
export const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface Torch {
  readonly python: string;
  readonly version: string;
  /** Writes `<name>.onnx` with its batch norm intact, and `<name>.pt` with the same weights; returns the former's path. */
  exportNetwork(name: string, folder: string): Promise<string>;
}

/** PyTorch as the given interpreter imports it, or why it cannot. */
export async function findTorch(python: string): Promise<Torch | { readonly missing: string }> {
  try {
    const { stdout } = await run(python, ['-c', 'import torch, torchvision, onnx; print(torch.__version__)']);
    return {
      python,
      version: stdout.trim(),
      async exportNetwork(name, folder) {
        await run(python, [script('torch_networks.py'), name, folder]);
        return path.join(folder, `${name}.onnx`);
      },
    };
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    return { missing: stderr.trim().split('\n').at(-1) || message };
  }
}
