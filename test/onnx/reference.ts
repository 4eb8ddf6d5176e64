/** @file An ONNX file run by ONNX Runtime as it is, and the same network after its import, to be compared. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Graph } from '../../src/graph/graph.js';
import type { Network } from '../../src/graph/network.js';
import { float32, sizeOf, type Tensor } from '../../src/graph/tensor.js';
import { decodeOnnx } from '../../src/onnx/decode.js';
import { elementTypes } from '../../src/onnx/element-types.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import type { OnnxFile } from '../../src/onnx/read.js';
import type { ReadExternal } from '../../src/onnx/tensor-data.js';
import { Random } from '../../src/random.js';
import { createSession } from '../../src/runtime/session.js';
import { runGraph } from '../graph/run-graph.js';

/** Reads `test/golden/onnx/<name>.onnx.gz` and draws the weights that were left out of it. */
export function readFixture(name: string): OnnxFile {
  const packed = readFileSync(path.join(import.meta.dirname, '..', 'golden', 'onnx', `${name}.onnx.gz`));
  return asFile(decodeOnnx(gunzipSync(packed), { name, readExternal: drawn }), name);
}

export function asFile(model: OnnxModel, name = 'network'): OnnxFile {
  return { ...model, name, sha256: '' };
}

/** Draws a weight between the limits that stand in place of its location, seeded by its name. */
const drawn: ReadExternal = (tensor, { location }, size) => {
  const [low, high] = location.split(':').map(Number) as [number, number];
  const random = new Random(...Buffer.from(tensor));
  return new Uint8Array(Float32Array.from({ length: size / 4 }, () => random.between(low, high)).buffer);
};

/** Seeded images [N,3,H,W], about standardised. */
export function randomImages(batch: number, height: number, width: number): Tensor {
  const random = new Random(batch, height, width);
  const shape = [batch, 3, height, width];
  return float32(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );
}

/**
 * What ONNX Runtime computes for one name of the file itself from images [N,3,H,W], given in the file's own layout;
 * a map [N,C,H,W] is averaged over its pixels.
 */
export async function referenceFeatures(file: OnnxModel, name: string, images: Tensor): Promise<Tensor> {
  const { graph } = file;
  const input = graph.inputs.find((candidate) => !graph.initializers.has(candidate.name))!;
  const output = { name, elementType: elementTypes.float32, shape: undefined };
  const cut = { ...file, graph: { ...graph, inputs: [input], outputs: [output] } };
  const session = await createSession(encodeOnnx(cut), { threads: 1 });
  const given = input.shape?.[3] === 3 ? channelsLast(images) : images;
  const { [name]: features } = await session.run({ [input.name]: given });
  await session.release();
  return pooled(features!);
}

/** What the imported network computes for the same images [N,3,H,W], always given channels first. */
export async function importedFeatures(network: Network, images: Tensor): Promise<Tensor> {
  const [batch, , height, width] = images.shape as [number, number, number, number];
  const graph = new Graph();
  const { features } = network.build(graph, graph.input('images', images), {
    batch,
    height,
    width,
    statistics: 'frozen',
  });
  const [result] = await runGraph(graph, [features], { images });
  return result!;
}

/** The largest difference relative to the largest reference value. */
export function relativeError(actual: Tensor, reference: Tensor): number {
  if (actual.data.length !== reference.data.length) return Number.POSITIVE_INFINITY;
  const values = [...reference.data].map(Number);
  const worst = values.reduce((max, value, i) => Math.max(max, Math.abs(value - Number(actual.data[i]))), 0);
  return worst / values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

/** Features [N,C]: a map [N,C,H,W] is averaged over its pixels. */
function pooled({ shape, data }: Tensor): Tensor {
  const [batch, ...sizes] = shape as [number, ...number[]];
  // A vector may have its channels last.
  const isVector = sizes.filter((size) => size > 1).length === 1;
  const channels = isVector ? sizeOf(sizes) : sizes[0]!;
  const pixels = sizeOf(sizes) / channels;
  const means = Float32Array.from({ length: batch * channels }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < pixels; k++) sum += Number(data[i * pixels + k]);
    return sum / pixels;
  });
  return float32(means, [batch, channels]);
}

function channelsLast({ shape, data }: Tensor): Tensor {
  const [n, c, h, w] = shape as [number, number, number, number];
  const moved = Float32Array.from({ length: data.length }, (_, i) => {
    const channel = i % c;
    const pixel = Math.floor(i / c);
    return Number(data[(Math.floor(pixel / (h * w)) * c + channel) * h * w + (pixel % (h * w))]);
  });
  return float32(moved, [n, h, w, c]);
}
