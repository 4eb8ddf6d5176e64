/** @file A small training run: images that can be told apart, a network as an ONNX file, and quick options. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, vi } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { Graph } from '../../src/graph/graph.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import { Random } from '../../src/random.js';
import { smallNetwork } from '../small-network.js';

/** A folder for the tests of one file, which may take their time: whole runs are slow on a busy machine. */
export function folderForTests(): string {
  vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
  const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-runs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The small residual network as a file: images [1,3,32,32] → features [1,8]. */
export function smallOnnx(seed = 1): Uint8Array {
  const graph = new Graph();
  const [height, width] = [32, 32];
  const images = graph.input('images', { dtype: 'float32', shape: [1, 3, height, width] });
  const { features } = smallNetwork(seed).build(graph, images, {
    batch: 1,
    height,
    width,
    statistics: 'frozen',
  });
  graph.output('features', features);
  return encodeOnnx(onnxFromGraph(graph));
}

export interface ImagesOptions {
  readonly classes?: readonly string[];
  readonly each?: number;
  readonly height?: number;
  readonly width?: number;
  readonly seed?: number;
}

/** Writes `folder/<class>/<class>-<n>.png`: noise with brighter red, green or blue by class. */
export async function writeImages(folder: string, options: ImagesOptions = {}): Promise<void> {
  const { classes = ['cat', 'dog'], each = 20, height = 22, width = 26, seed = 1 } = options;
  const random = new Random(seed);
  for (const [k, name] of classes.entries()) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (let i = 0; i < each; i++) {
      const png = await colouredPng(random, k, height, width);
      writeFileSync(path.join(folder, name, `${name}-${i}.png`), png);
    }
  }
}

function colouredPng(random: Random, channel: number, height: number, width: number): Promise<Buffer> {
  const pixels = Uint8Array.from(
    { length: height * width * 3 },
    (_, i) => random.integer(0, 150) + (i % 3 === channel ? 60 : 0),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** The files of a folder with their bytes, as text that can be compared. */
export function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]));
}

/** The error that people would see, which must be one of ours and one line. */
export async function refusal(attempt: Promise<unknown>): Promise<TransfuseError> {
  const error = await attempt.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(TransfuseError);
  expect(error.message).not.toContain('\n');
  return error;
}
