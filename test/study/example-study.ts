/** @file A small study: drawn pictures, the small network, quick settings. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { smallOnnx, writeImages } from '../runs/example-run.js';

export const quickSettings = { size: 24, batch: 8, epochs: 1, val: 0.25, test: 0.25 };

/** Writes images, network and study.yaml into a folder; returns the study file's path. */
export async function writeStudy(folder: string, content: Record<string, unknown> = {}): Promise<string> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'small.onnx'), smallOnnx());
  await writeImages(path.join(folder, 'pets'), { each: 12 });
  const file = path.join(folder, 'study.yaml');
  const study = {
    name: 'quick',
    datasets: { pets: 'pets' },
    architectures: ['small.onnx'],
    methods: ['fc', 'fc-then-full'],
    repetitions: 1,
    settings: quickSettings,
  };
  writeFileSync(file, stringify({ ...study, ...content }));
  return file;
}
