/** @file What a network wants its pixels to be, and the graph that makes them so. */
import { TransfuseError } from '../errors.js';
import type { Graph, Value } from '../graph/graph.js';
import { cast } from '../graph/ops/cast.js';
import { mul } from '../graph/ops/mul.js';
import { sub } from '../graph/ops/sub.js';
import { transpose } from '../graph/ops/transpose.js';
import { float32 } from '../graph/tensor.js';

/** Per channel (R, G, B): the network sees (pixel − mean) / std, with pixels from 0 to 255. */
export interface Preprocessing {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const same = (x: number): [number, number, number] => [x, x, x];

/** The conventions pre-trained networks were trained with. A new one is a new row. */
export const preprocessings = {
  /** torchvision and timm: pixels / 255, then ImageNet's mean and standard deviation. */
  imagenet: { mean: [0.485 * 255, 0.456 * 255, 0.406 * 255], std: [0.229 * 255, 0.224 * 255, 0.225 * 255] },
  /** 0 to 1. */
  unit: { mean: same(0), std: same(255) },
  /** Keras "tf" mode: −1 to 1. */
  'minus-one-one': { mean: same(127.5), std: same(127.5) },
  /** Pixels as they are, 0 to 255: for networks that preprocess inside. */
  none: { mean: same(0), std: same(1) },
} as const satisfies Record<string, Preprocessing>;

export type PreprocessingName = keyof typeof preprocessings;

/**
 * Resolves a name, or `R,G,B/R,G,B`: mean and standard deviation on the 0–1 scale, as timm gives them.
 * @throws TransfuseError `bad-preprocessing`
 */
export function parsePreprocessing(text: string): Preprocessing {
  if (Object.hasOwn(preprocessings, text)) return preprocessings[text as PreprocessingName];
  const parts = text
    .split('/')
    .map((part) => part.split(',').map((x) => Number(x.trim() || Number.NaN) * 255));
  const [mean, std] = parts as [number[], number[]];
  const valid = parts.length === 2 && parts.every((part) => part.length === 3 && part.every(Number.isFinite));
  if (!valid || std.some((x) => x <= 0)) {
    throw new TransfuseError(
      'bad-preprocessing',
      `--preprocess is ${text}; it must be one of ${Object.keys(preprocessings).join(', ')}, or mean/std on the 0–1 scale such as 0.5,0.5,0.5/0.25,0.25,0.25`,
    );
  }
  return { mean: [mean[0]!, mean[1]!, mean[2]!], std: [std[0]!, std[1]!, std[2]!] };
}

/**
 * uint8 (or float32 0–255) pixels [N,H,W,3] → float32 [N,3,H,W] as the network wants them.
 */
export function preprocess(graph: Graph, pixels: Value, { mean, std }: Preprocessing): Value {
  const planes = transpose(graph, cast(graph, pixels, 'float32'), [0, 3, 1, 2]);
  const centred = mean.every((x) => x === 0)
    ? planes
    : sub(graph, planes, graph.constant(float32(mean, [1, 3, 1, 1])));
  if (std.every((x) => x === 1)) return centred;
  const gain = std.map((x) => 1 / x);
  return mul(graph, centred, graph.constant(float32(gain, [1, 3, 1, 1])));
}
