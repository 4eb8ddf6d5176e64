/** @file A finished run as one ONNX model that any ONNX Runtime runs. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { exportOnnx } from '../adapter/export.js';
import { ensureWritable, writeFileAtomic } from '../files/atomic.js';
import { modelCard } from './card.js';
import { files } from './folder.js';
import { openRun } from './open.js';
import { parseOptions } from './option-table.js';
import { type ExportOptions, exportOptionsSchema } from './options.js';

/**
 * Writes the model with adapter, preprocessing and resizing inside, and the model card in its metadata.
 * @returns its size in bytes
 */
export async function exportModel(run: string, to: string, options: ExportOptions = {}): Promise<number> {
  const { model, input } = parseOptions(exportOptionsSchema, options);
  await ensureWritable(to);
  const { adapter, classifier, weights } = await openRun(run, model);
  const card = existsSync(path.join(run, files.metrics)) ? await modelCard(run) : undefined;
  const bytes = exportOnnx(classifier, weights, { adapter, card, input });
  await writeFileAtomic(to, bytes);
  return bytes.length;
}
