/** @file A finished run as one ONNX model that any ONNX Runtime runs. */
import { exportOnnx } from '../adapter/export.js';
import { writeFileAtomic } from '../files/atomic.js';
import { openRun } from './open.js';

export interface ExportOptions {
  /** The base, where it has moved since the run. */
  readonly model?: string;
  /** Element type of the pixels that the exported model takes, 0 to 255 either way. Default uint8. */
  readonly input?: 'uint8' | 'float32';
}

/**
 * Writes the model with adapter, preprocessing and resizing inside.
 * @returns its size in bytes
 */
export async function exportModel(run: string, to: string, options: ExportOptions = {}): Promise<number> {
  const { adapter, classifier, weights } = await openRun(run, options.model);
  const bytes = exportOnnx(classifier, weights, { adapter, input: options.input ?? 'uint8' });
  await writeFileAtomic(to, bytes);
  return bytes.length;
}
