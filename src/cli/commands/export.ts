/** @file `transfuse export`. */
import type { Command } from 'commander';
import { exportOptionsSchema } from '../../runs/options.js';
import { addOptions, saidOptions } from '../options.js';

export function describe(command: Command): void {
  command
    .description(
      'Writes one ONNX model with adapter, resizing and preprocessing inside: pixels [N,H,W,3] of any size in, probabilities out.',
    )
    .argument('<run>', 'run folder, or adapter file')
    .requiredOption('--to <FILE>', 'where to write it, e.g. model.onnx')
    .addHelpText(
      'after',
      `
Example:
  transfuse export runs/cxr --to cxr.onnx`,
    );
  addOptions(command, exportOptionsSchema);
  command.action(async (run: string, { to }: { to: string }) => {
    const { exportModel } = await import('../../runs/export.js');
    const bytes = await exportModel(run, to, saidOptions(command, exportOptionsSchema));
    process.stdout.write(`${to}: ${(bytes / 1e6).toFixed(2)} MB\n`);
  });
}
