/** @file From what a person writes after --model to a network: a built-in name or an ONNX file. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import type { Network } from '../graph/network.js';
import { importNetwork } from '../onnx/import/index.js';
import { readOnnx } from '../onnx/read.js';
import { loadBuiltin } from './builtin.js';

export interface BaseModel {
  readonly network: Network;
  /** What an adapter records to find it again: a built-in name, or the file's name without its folder. */
  readonly source: string;
  /** Name or mean/std, as --preprocess takes it. */
  readonly preprocess: string;
  /** Height and width to use unless told otherwise. */
  readonly size: number;
}

/** Where ImageNet networks were trained, and what their preprocessing usually is. */
const IMAGENET = { size: 224, preprocess: 'imagenet' };

/** Built-in networks by name. A new one is a new row. */
const builtins: Record<string, () => Promise<BaseModel>> = {
  builtin: async () => ({ network: await loadBuiltin(), source: 'builtin', preprocess: 'minus-one-one', size: 64 }),
};

/**
 * Loads the network called `name`, or imports the ONNX file of that path.
 * @throws TransfuseError `unknown-model` where there is neither
 */
export async function loadModel(name: string): Promise<BaseModel> {
  if (Object.hasOwn(builtins, name)) return builtins[name]();
  if (!existsSync(name)) {
    throw new TransfuseError(
      'unknown-model',
      `--model ${name} is neither a file nor a built-in network; those are ${Object.keys(builtins).join(', ')}`,
    );
  }
  const network = importNetwork(await readOnnx(name));
  return { network, source: path.basename(name), ...IMAGENET };
}
