/** @file From what a person writes after --model to a network: a built-in name or an ONNX file. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import type { Network } from '../graph/network.js';
import { importNetwork } from '../onnx/import/index.js';
import { readOnnx } from '../onnx/read.js';
import { loadBuiltin } from './builtin.js';
import { suggestPreprocessing } from './suggested-preprocessing.js';

export interface BaseModel {
  readonly network: Network;
  /** What an adapter records to find it again: a built-in name, or the file's name without its folder. */
  readonly source: string;
  /** Name or mean/std, as --preprocess takes it. */
  readonly preprocess: string;
  /** Height and width to use unless told otherwise. */
  readonly size: number;
}

/** The image size most networks for ImageNet were trained at. */
const IMAGENET_SIZE = 224;

/** Built-in networks by name. A new one is a new row. */
const builtins: Record<string, () => Promise<BaseModel>> = {
  builtin: async () => ({
    network: await loadBuiltin(),
    source: 'builtin',
    preprocess: 'minus-one-one',
    size: 64,
  }),
};

/** Whether a name is that of a built-in network. */
export function isBuiltin(name: string): boolean {
  return Object.hasOwn(builtins, name);
}

/** The same network from wherever one stands: a built-in name as it is, a file by its full path. */
export function absoluteModel(name: string): string {
  return isBuiltin(name) || !existsSync(name) ? name : path.resolve(name);
}

/**
 * Loads the network called `name`, or imports the ONNX file of that path.
 * @throws TransfuseError `unknown-model` where there is neither
 */
export async function loadModel(name: string): Promise<BaseModel> {
  if (isBuiltin(name)) return builtins[name]();
  if (!existsSync(name)) {
    throw new TransfuseError(
      'unknown-model',
      `--model ${name} is neither a file nor a built-in network; those are ${Object.keys(builtins).join(', ')}`,
    );
  }
  const model = await readOnnx(name);
  return {
    network: importNetwork(model),
    source: path.basename(name),
    preprocess: suggestPreprocessing(model).name,
    size: IMAGENET_SIZE,
  };
}
