/**
 * @file What fine-tuning leaves: the parameters that differ from the base, and all that is needed to use them. As a
 * file it is a safetensors file whose metadata hold the rest as JSON; equal adapters give equal bytes.
 */
import { z } from 'zod';
import { type DicomOptions, framesRule, isFrames, parseWindow, windowRule } from '../data/dicom/options.js';
import { TransfuseError } from '../errors.js';
import { sameShape, showShape, type Tensor } from '../graph/tensor.js';
import type { Weights } from '../models/classifier.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../models/head.js';
import type { Preprocessing } from '../models/preprocessing.js';
import type { Drawn } from '../models/start.js';
import { outputsOf, type Task } from '../task.js';
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.js';

const channels = z.tuple([z.number(), z.number(), z.number()]);
const pixels = z.int().positive();

const factsSchema = z
  .strictObject({
    task: z.enum(['binary', 'multi-class', 'multi-label']),
    classes: z.array(z.string().min(1)).min(1),
    preprocessing: z.strictObject({
      mean: channels,
      std: channels.refine((std) => std.every((x) => x > 0), 'must be positive'),
    }),
    dicom: z
      .strictObject({
        window: z.string().refine((window) => parseWindow(window) !== undefined, windowRule),
        frames: z.string().refine(isFrames, framesRule),
      })
      .optional(),
    height: pixels,
    width: pixels,
    thresholds: z.array(z.number()).nullable(),
    temperature: z.number().positive().optional(),
    base: z.strictObject({
      name: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
      source: z.string(),
      drawn: z.strictObject({ start: z.enum(['random', 'mean-variance']), seed: z.number() }).optional(),
    }),
    method: z.string(),
    version: z.string(),
  })
  .refine(({ task, classes }) => task !== 'binary' || classes.length === 2, {
    path: ['classes'],
    error: 'must be two for a binary task',
  })
  .refine(({ task, classes, thresholds }) => !thresholds || thresholds.length === outputsOf(task, classes), {
    path: ['thresholds'],
    error: 'must be one per output',
  });

/** Everything about a fine-tuned classifier but its base network. */
export interface Adapter {
  /** By parameter name: all of batch norm and of the head, and whatever else was trained. */
  readonly weights: Weights;
  readonly task: Task;
  /** Binary: two, the second being the positive one. */
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** How DICOM files became pictures; as by default where it is absent. */
  readonly dicom?: Required<DicomOptions>;
  /** Input size in pixels. */
  readonly height: number;
  readonly width: number;
  /** Chosen on validation, one per output; null where there were none to choose (multi-class). */
  readonly thresholds: readonly number[] | null;
  /** Fitted on validation: logits divided by it are calibrated. Used only where calibrated probabilities are asked for. */
  readonly temperature?: number;
  readonly base: {
    readonly name: string;
    /** Of the base's file, in hexadecimal. */
    readonly sha256: string;
    /** How it was found: a built-in name, or the file's name without its folder. */
    readonly source: string;
    /** How its weights were drawn, where they were not those of the file. */
    readonly drawn?: Drawn;
  };
  readonly method: string;
  /** Of the Transfuse that trained it. */
  readonly version: string;
}

/** Changes when an older Transfuse would misread what a newer one writes. */
const FORMAT_VERSION = '1';
const FORMAT = 'transfuse-adapter-';

/** What an adapter says besides its weights. */
export type AdapterFacts = Omit<Adapter, 'weights'>;

/** In a fixed order, which is the schema's. */
export function factsOf(adapter: Adapter): AdapterFacts {
  const names = Object.keys(factsSchema.shape) as (keyof AdapterFacts)[];
  return Object.fromEntries(names.map((name) => [name, adapter[name]])) as unknown as AdapterFacts;
}

/** The bytes of an `adapter.safetensors`. */
export function encodeAdapter(adapter: Adapter): Uint8Array {
  const metadata = { format: FORMAT + FORMAT_VERSION, adapter: JSON.stringify(factsOf(adapter)) };
  return encodeSafetensors({ tensors: adapter.weights, metadata });
}

/**
 * Reads the bytes of an `adapter.safetensors`.
 * @param source the file's name, for messages
 * @throws TransfuseError `bad-safetensors`, `not-an-adapter`, `adapter-version`, `bad-adapter`
 */
export function decodeAdapter(bytes: Uint8Array, source: string): Adapter {
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  const format = String(metadata.format);
  if (!format.startsWith(FORMAT)) {
    throw new TransfuseError(
      'not-an-adapter',
      `${source} is a safetensors file, but not an adapter; give the adapter.safetensors of a run, or the run's folder`,
    );
  }
  if (format !== FORMAT + FORMAT_VERSION) {
    throw new TransfuseError(
      'adapter-version',
      `${source} is an adapter of format ${format.slice(FORMAT.length)}; this version of Transfuse reads format ${FORMAT_VERSION}`,
    );
  }
  const adapter = { ...parseFacts(metadata.adapter, source), weights: tensors };
  checkWeights(adapter, source);
  return adapter;
}

/**
 * Reads what `factsOf` gave, from JSON.
 * @throws TransfuseError `bad-adapter`
 */
export function parseFacts(json: string, source: string): AdapterFacts {
  let facts: unknown;
  try {
    facts = JSON.parse(json);
  } catch {
    throw damaged(source, 'its description is not JSON');
  }
  const result = factsSchema.safeParse(facts);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw damaged(source, `${path.join('.') || 'description'}: ${message}`);
}

function checkWeights({ weights, task, classes }: Adapter, source: string): void {
  const outputs = outputsOf(task, classes);
  const has = (name: string, fits: (tensor: Tensor) => boolean, wanted: string): void => {
    const tensor = weights.get(name);
    if (!tensor) throw damaged(source, `it lacks ${name}`);
    if (!fits(tensor)) throw damaged(source, `${name} is ${showShape(tensor.shape)}, but must be ${wanted}`);
  };
  has(HEAD_BIAS, ({ shape }) => sameShape(shape, [outputs]), showShape([outputs]));
  has(HEAD_KERNEL, ({ shape }) => shape.length === 2 && shape[1] === outputs, `[features,${outputs}]`);
  for (const [name, { data }] of weights) {
    const at = (data as Float32Array).findIndex((x) => !Number.isFinite(x));
    if (at >= 0) throw damaged(source, `${name} holds ${data[at]} at position ${at}`);
  }
}

function damaged(source: string, why: string): TransfuseError {
  return new TransfuseError('bad-adapter', `${source} is a damaged adapter: ${why}`);
}
