/** @file `transfuse export`. */
import { type Command, Option } from 'commander';

export function registerExport(program: Command): void {
  program
    .command('export')
    .summary('write a run as one ONNX model')
    .description(
      'Writes one ONNX model with adapter, resizing and preprocessing inside: pixels [N,H,W,3] of any size in, probabilities out.',
    )
    .argument('<run>', 'run folder, or adapter file')
    .requiredOption('--to <FILE>', 'where to write it, e.g. model.onnx')
    .addOption(
      new Option('--input <TYPE>', 'element type of the pixels, 0 to 255')
        .choices(['uint8', 'float32'])
        .default('uint8'),
    )
    .option('--model <NAME|FILE>', 'the base network, where it has moved since')
    .action(async (run: string, { to, ...options }) => {
      const { exportModel } = await import('../../runs/export.js');
      const bytes = await exportModel(run, to, options);
      process.stdout.write(`${to}: ${(bytes / 1e6).toFixed(1)} MB\n`);
    });
}
