/**
 * @file A network's blocks, from the images to the features: its stages of one resolution. Every network has them,
 * whatever its layers are called.
 */
import { Graph, parameterOf } from '../graph/graph.js';
import type { Network } from '../graph/network.js';
import { BatchNormalization } from '../graph/ops/batch-normalization.js';

export interface Blocks {
  readonly count: number;
  /** Counted from 0, by the parameter's name. */
  readonly of: ReadonlyMap<string, number>;
}

/** A map of at most so much of the pixels of the block before begins a new one: unpadded kernels only nibble at it. */
const SHRINKS_TO = 0.5;

/**
 * A batch norm over a map of at most half as many pixels as the first of its block begins a new block; so an ImageNet
 * network has five, of 1/2 to 1/32 of the image, or four where the first has no batch norm. Other weights belong to the block of the next batch norm, those behind
 * the last one to the last block.
 * @param size height and width of the images, in pixels, on which the maps depend
 */
export function blocksOf(
  network: Network,
  { height, width }: { readonly height: number; readonly width: number },
): Blocks {
  const graph = new Graph();
  const images = graph.input('images', { dtype: 'float32', shape: [1, 3, height, width] });
  network.build(graph, images, { batch: 1, height, width, statistics: 'frozen' });

  const of = new Map<string, number>();
  let block = 0;
  let pixelsOfBlock: number | undefined;
  let waiting: string[] = [];
  for (const { op, inputs, outputs } of graph.nodes) {
    waiting.push(...inputs.flatMap((input) => parameterOf(input)?.name ?? []));
    if (op !== BatchNormalization) continue;
    const pixels = outputs[0]!.shape.slice(2).reduce((product, size) => product * size, 1);
    pixelsOfBlock ??= pixels;
    if (pixels <= pixelsOfBlock * SHRINKS_TO) {
      block++;
      pixelsOfBlock = pixels;
    }
    for (const name of waiting) if (!of.has(name)) of.set(name, block);
    waiting = [];
  }
  for (const name of waiting) if (!of.has(name)) of.set(name, block);
  return { count: block + 1, of };
}
