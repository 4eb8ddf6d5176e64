/** @file Says what a path is: a built-in network, an ONNX file, an adapter or a run folder. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeAdapter } from '../adapter/adapter.js';
import { describeAdapter, describeRun, type Inspection } from '../adapter/inspect.js';
import { describeNetwork, inspectModel } from '../adapter/inspect-model.js';
import { TransfuseError } from '../errors.js';
import { isName, loadModel } from '../models/catalogue.js';
import { holdsWeights } from '../weights/open.js';
import { files, readRunConfig } from './folder.js';

/**
 * Describes a network by its name, or whatever lies at a path.
 * @throws TransfuseError `data-not-found`, or what reading it throws
 */
export async function inspect(target: string): Promise<Inspection> {
  if (isName(target)) return inspectNetwork(target);
  if (!existsSync(target)) {
    throw new TransfuseError(
      'data-not-found',
      `${target} does not exist; it should be a model’s file or name, a run folder or an adapter file`,
    );
  }
  if (statSync(target).isDirectory()) return inspectRun(target);
  if (target.endsWith('.safetensors')) {
    const adapter = await inspectAdapter(target).catch(unlessWeights);
    if (adapter) return adapter;
  }
  return (await holdsWeights(target)) ? inspectNetwork(target) : inspectModel(target);
}

/** A safetensors file that is no adapter may hold a network's weights. */
function unlessWeights(error: unknown): undefined {
  if (!(error instanceof TransfuseError) || error.code !== 'not-an-adapter') throw error;
}

async function inspectNetwork(model: string): Promise<Inspection> {
  const { network } = await loadModel(model);
  return { kind: 'model', name: network.name, sha256: network.sha256, network: describeNetwork(network) };
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
