/** @file From what a person writes after --model to a network: a name, a file of weights, or an ONNX file. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import type { Network } from '../graph/network.js';
import { importNetwork } from '../onnx/import/index.js';
import { readOnnx } from '../onnx/read.js';
import { openWeights } from '../weights/open.js';
import type { WeightFile } from '../weights/weight-file.js';
import { type Architecture, architectureNamed, architectures } from './architectures/index.js';
import { loadBuiltin } from './builtin.js';
import { networkFromWeights, recogniseArchitecture } from './from-weights/index.js';
import { type FetchOptions, officialWeights } from './sources-cache.js';
import { suggestPreprocessing } from './suggested-preprocessing.js';

export interface BaseModel {
  readonly network: Network;
  /** What an adapter records to find it again: a name, or the file's name without its folder. */
  readonly source: string;
  /** Name or mean/std, as --preprocess takes it. */
  readonly preprocess: string;
  /** Height and width to use unless told otherwise. */
  readonly size: number;
}

export interface LoadOptions {
  /** What a file of weights is for, where its names and shapes do not say. */
  readonly architecture?: string;
  /** What it has been taken for before, which decides where it could be several. */
  readonly hint?: string;
  /** How the official weights of an architecture are downloaded, where they are not here yet. */
  readonly download?: FetchOptions;
}

/** The image size most networks for ImageNet were trained at. */
const IMAGENET_SIZE = 224;

/** Networks that come with their weights, by name. A new one is a new row. */
const builtins: Record<string, () => Promise<BaseModel>> = {
  builtin: async () => ({
    network: await loadBuiltin(),
    source: 'builtin',
    preprocess: 'minus-one-one',
    size: 64,
  }),
};

/** Whether a name is that of a network that comes with its weights. */
export function isBuiltin(name: string): boolean {
  return Object.hasOwn(builtins, name);
}

/** Whether a name is that of a network rather than of a file. */
export function isName(name: string): boolean {
  return isBuiltin(name) || Object.hasOwn(architectures, name);
}

/** The same network from wherever one stands: a name as it is, a file by its full path. */
export function absoluteModel(name: string): string {
  return isName(name) || !existsSync(name) ? name : path.resolve(name);
}

/**
 * Loads the network called `name`, its official weights downloaded unless they are here; or that of a file: weights of
 * Keras, PyTorch, safetensors or TensorFlow.js, or ONNX.
 * @throws TransfuseError `unknown-model` where there is neither, and what reading, recognising and downloading throw
 */
export async function loadModel(
  name: string,
  { architecture, hint, download }: LoadOptions = {},
): Promise<BaseModel> {
  if (isBuiltin(name)) return builtins[name]();
  if (isName(name)) {
    const base = await fromFile(await officialWeights(name, download), { architecture: name });
    return { ...base, source: name };
  }
  if (!existsSync(name)) {
    throw new TransfuseError(
      'unknown-model',
      `--model ${name} is neither a file nor a built-in network; those are ${Object.keys(builtins).join(', ')} and what \`transfuse models\` lists`,
    );
  }
  return fromFile(name, { architecture, hint });
}

/** Anything that is no file of weights is taken for ONNX, which says what else it is. */
async function fromFile(file: string, { architecture, hint }: LoadOptions): Promise<BaseModel> {
  const named = architecture === undefined ? undefined : architectureNamed(architecture);
  const weights = await openWeights(file);
  if (!weights) return fromOnnx(file, named);
  try {
    return await withArchitecture(weights, named ?? recogniseArchitecture(weights, hint));
  } finally {
    await weights.close();
  }
}

async function withArchitecture(weights: WeightFile, architecture: Architecture): Promise<BaseModel> {
  const { preprocessing: preprocess, size } = architecture;
  const network = await networkFromWeights(architecture, weights);
  return { network, source: path.basename(weights.source), preprocess, size };
}

async function fromOnnx(file: string, named: Architecture | undefined): Promise<BaseModel> {
  if (named) {
    throw new TransfuseError(
      'bad-option',
      `--architecture ${named.name} is for files of weights, but ${file} is none; leave it out for ONNX, which says itself what it is`,
    );
  }
  const model = await readOnnx(file);
  return {
    network: importNetwork(model),
    source: path.basename(file),
    preprocess: suggestPreprocessing(model).name,
    size: IMAGENET_SIZE,
  };
}
