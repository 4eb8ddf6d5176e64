/** @file `transfuse inspect`. */
import type { Command } from 'commander';

export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .summary('say what a model, run or adapter is')
    .description('Describes an ONNX model (and whether it can be fine-tuned), a run folder, or an adapter.')
    .argument('<path>', 'ONNX file, built-in network, run folder or adapter file')
    .option('--json', 'print it as JSON')
    .action(async (path: string, { json }) => {
      const { inspect } = await import('../../runs/inspect.js');
      const { formatInspection } = await import('../../adapter/inspect.js');
      const inspection = await inspect(path);
      process.stdout.write(
        json ? `${JSON.stringify(inspection, null, 2)}\n` : `${formatInspection(inspection)}\n`,
      );
    });
}
