/** @file Says what a path is: a built-in network, an ONNX file, an adapter or a run folder. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeAdapter } from '../adapter/adapter.js';
import { describeAdapter, describeRun, type Inspection } from '../adapter/inspect.js';
import { describeNetwork, inspectModel } from '../adapter/inspect-model.js';
import { TransfuseError } from '../errors.js';
import { isBuiltin, loadModel } from '../models/catalogue.js';
import { files, readRunConfig } from './folder.js';

/**
 * Describes a built-in network by its name, or whatever lies at a path.
 * @throws TransfuseError `data-not-found`, or what reading it throws
 */
export async function inspect(target: string): Promise<Inspection> {
  if (isBuiltin(target)) {
    const { network } = await loadModel(target);
    return { kind: 'model', name: network.name, sha256: network.sha256, network: describeNetwork(network) };
  }
  if (!existsSync(target)) {
    throw new TransfuseError(
      'data-not-found',
      `${target} does not exist; it should be an ONNX file, a built-in network, a run folder or an adapter file`,
    );
  }
  if (statSync(target).isDirectory()) return inspectRun(target);
  if (target.endsWith('.safetensors')) return inspectAdapter(target);
  return inspectModel(target);
}

async function inspectAdapter(file: string) {
  const bytes = await readFile(file);
  return describeAdapter(decodeAdapter(bytes, file), bytes.length);
}

async function inspectRun(folder: string): Promise<Inspection> {
  const config = await readRunConfig(folder);
  const inside = (name: string): string | undefined => {
    const file = path.join(folder, name);
    return existsSync(file) ? file : undefined;
  };
  const [adapter, history, metrics] = [files.adapter, files.history, files.metrics].map(inside);
  const lines = history ? (await readFile(history, 'utf8')).trim().split('\n').filter(Boolean) : [];
  return describeRun({
    folder,
    config,
    history: lines.map((line) => JSON.parse(line)),
    ...(metrics && { metrics: JSON.parse(await readFile(metrics, 'utf8')) }),
    ...(adapter && { adapter: await inspectAdapter(adapter) }),
  });
}
