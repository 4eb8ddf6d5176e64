/** @file `transfuse inspect`. */
import type { Command } from 'commander';

export function describe(command: Command): void {
  command
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
