/** @file `transfuse evaluate`. */
import type { Command } from 'commander';
import { evaluateOptionsSchema } from '../../runs/options.js';
import { interruption } from '../failure.js';
import { addOptions, saidOptions } from '../options.js';
import { ProgressLine } from '../progress.js';

export function describe(command: Command): void {
  command
    .description('Predicts labelled images with a finished run and prints every metric, with intervals.')
    .argument('<run>', 'run folder, or adapter file')
    .argument('<data>', 'folder of class folders, or a CSV; with train/val/test inside, --split says which')
    .option('--json', 'print all metrics as JSON')
    .addHelpText(
      'after',
      `
Examples:
  transfuse evaluate runs/cxr xrays/ --split test
  transfuse evaluate runs/cxr other-hospital.csv --adapt adabn --out runs/cxr/other-hospital`,
    );
  addOptions(command, evaluateOptionsSchema);
  command.action(async (run: string, data: string, { json }: { json?: boolean }) => {
    const { evaluate } = await import('../../runs/evaluate.js');
    const { metricsText } = await import('../metrics-text.js');
    const line = new ProgressLine();
    const stop = interruption(() => line.end());
    try {
      const metrics = await evaluate(run, data, saidOptions(command, evaluateOptionsSchema), {
        onAdapt: (done, total) => line.update('Adapting', done, total),
        onProgress: (done, total) => line.update('Predicting', done, total),
        onWarning: (warning) => process.stderr.write(`Warning: ${warning}\n`),
        signal: stop.signal,
      });
      line.clear();
      process.stdout.write(json ? `${JSON.stringify(metrics, null, 2)}\n` : metricsText(metrics));
    } finally {
      line.end();
      stop.done();
    }
  });
}
