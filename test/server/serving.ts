/** @file A server with adapters on the built-in network, as tests of this room need it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, expect } from 'vitest';
import { type Adapter, encodeAdapter } from '../../src/adapter/adapter.js';
import { float32 } from '../../src/graph/tensor.js';
import { loadBuiltin } from '../../src/models/builtin.js';
import { Random } from '../../src/random.js';
import type { ServeOptionsInput } from '../../src/server/options.js';
import { serve } from '../../src/server/serve.js';
import type { Task } from '../../src/task.js';
import { randomImages, smallAdapter, smallClassifier } from '../adapter/small-classifier.js';

export const bugs: unknown[] = [];

export interface AdapterOptions {
  readonly task?: Task;
  readonly side?: number;
}

/** An adapter of the built-in network with parameters drawn from a seed, statistics among them. */
export async function drawnAdapter(seed: number, { task, side = 40 }: AdapterOptions = {}): Promise<Adapter> {
  const network = await loadBuiltin();
  const adapter = smallAdapter(smallClassifier({ network, task, height: side, width: side }));
  const random = new Random(seed);
  const weights = [...adapter.weights].map(([name, { data, shape }]) => {
    const moved = (data as Float32Array).map((x) => x * random.between(0.9, 1.1));
    return [name, float32(moved, shape)] as const;
  });
  return {
    ...adapter,
    weights: new Map(weights),
    base: { name: network.name, sha256: network.sha256, source: 'builtin' },
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-serve-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes adapters as files that are called as they are. */
export function writeAdapters(folder: string, adapters: Readonly<Record<string, Adapter>>): string[] {
  return Object.entries(adapters).map(([name, adapter]) => {
    const file = path.join(folder, `${name}.safetensors`);
    writeFileSync(file, encodeAdapter(adapter));
    return file;
  });
}

/** Images of several sizes, as PNG. */
export async function pictures(n: number, seed: number): Promise<Buffer[]> {
  const sizes = Array.from({ length: n }, (_, i) => [30 + ((i * 7) % 25), 30 + ((i * 11) % 25)] as const);
  return Promise.all(
    sizes.map(([height, width], i) =>
      sharp(randomImages(1, height, width, seed + i), { raw: { height, width, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  );
}

/** Starts a server on a port that is free. Bugs of its own are collected in `bugs`. */
export function start(runs: readonly string[], options: ServeOptionsInput = {}) {
  return serve(runs, [], { port: 0, threads: 2, ...options }, { onBug: (error) => bugs.push(error) });
}

export interface Prediction {
  readonly image: number;
  readonly adapter: string;
  readonly labels: string[];
  readonly probabilities: { class: string; probability: number; calibrated?: number }[];
  readonly heatmap?: { class: string; png: string };
  readonly problem?: { code: string; status: number };
}

export async function post(url: string, body: unknown, query = ''): Promise<Prediction[]> {
  const response = await fetch(`${url}/v1/predictions${query}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  const answer = (await response.json()) as { predictions: Prediction[] };
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer.predictions;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Sends an adapter's bytes under a name. */
export function addAdapter(url: string, name: string, bytes: Uint8Array): Promise<Response> {
  return fetch(`${url}/v1/adapters/${name}`, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  });
}
