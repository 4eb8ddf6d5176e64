/**
 * @file TensorFlow.js layers models, a Teachable Machine export among them: model.json with a manifest of the weights,
 * and the files that hold these one after another, perhaps quantised.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { TransfuseError } from '../errors.js';
import { sizeOf } from '../graph/tensor.js';
import { elementTypes, toFloat32 } from './numbers.js';
import { byLayer, kerasLayer, type StoredWeight, type WeightFile } from './weight-file.js';

const LARGEST_MODEL = 256 * 2 ** 20;

const elementType = z.enum(['float32', 'float16', 'int32', 'uint8', 'uint16', 'bool']);

const manifest = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()),
        dtype: elementType,
        /** Stored as another type: value = stored · scale + min, or a float16. */
        quantization: z
          .object({ dtype: elementType, scale: z.number().default(1), min: z.number().default(0) })
          .optional(),
      }),
    ),
  }),
);

/**
 * Opens a layers model by its model.json.
 * @throws TransfuseError `no-weights` where it is another JSON file, or weights are missing or too short
 */
export async function openTensorflowJs(source: string): Promise<WeightFile> {
  const bad = (why: string, cause?: unknown) =>
    new TransfuseError('no-weights', `${source} is no TensorFlow.js layers model that can be read: ${why}`, {
      cause,
    });
  const { format, weightsManifest } = await readModel(source, bad);
  if (format === 'graph-model') {
    throw bad(
      'it is a graph model, whose layers have been fused; export a layers model (tensorflowjs_converter --output_format tfjs_layers_model)',
    );
  }
  const parsed = manifest.safeParse(weightsManifest);
  if (!parsed.success) {
    const [{ path: place, message }] = parsed.error.issues as [z.core.$ZodIssue];
    throw bad(`its weightsManifest${place.map((key) => `[${String(key)}]`).join('')} is wrong (${message})`);
  }
  const files = [source];
  const weights: StoredWeight[] = [];
  for (const group of parsed.data) {
    const paths = group.paths.map((name) => besideOf(source, name, bad));
    files.push(...paths);
    const bytes = Buffer.concat(await Promise.all(paths.map((file) => readPart(file, bad))));
    let at = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      const { dtype: stored, scale, min } = quantization ?? { dtype, scale: 1, min: 0 };
      const part = bytes.subarray(at, (at += sizeOf(shape) * elementTypes[stored].bytes));
      if (!(at <= bytes.length))
        throw bad(`${group.paths.join(', ')} are too short: ${name} reaches beyond their end`);
      const read = async () => {
        const values = toFloat32(part, stored, sizeOf(shape));
        return scale === 1 && min === 0 ? values : values.map((value) => value * scale + min);
      };
      weights.push({ name, shape, read });
    }
  }
  const layers = [...byLayer(weights, '/')].map(([name, ofLayer]) => kerasLayer(name, ofLayer));
  // Converters sort the layers by name.
  return { source, files, framework: 'keras', naming: 'named', layers, close: async () => undefined };
}

type Bad = (why: string, cause?: unknown) => TransfuseError;

async function readModel(source: string, bad: Bad): Promise<{ format?: unknown; weightsManifest?: unknown }> {
  if ((await stat(source)).size > LARGEST_MODEL) throw bad('it is larger than any');
  try {
    return Object(JSON.parse(await readFile(source, 'utf8')));
  } catch (cause) {
    throw bad('it is not JSON', cause);
  }
}

/** The path of a file that the manifest names, which must lie beside it or below. */
function besideOf(source: string, name: string, bad: Bad): string {
  const folder = path.dirname(source);
  const file = path.join(folder, name);
  const way = path.relative(folder, file);
  if (path.isAbsolute(name) || path.isAbsolute(way) || way.split(path.sep)[0] === '..') {
    throw bad(`its weights would lie outside its folder, at ${name}`);
  }
  return file;
}

async function readPart(file: string, bad: Bad): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw bad(`the file ${file} with its weights is missing or cannot be read`, cause);
  }
}
