/** @file `transfuse compare`. */
import type { Command } from 'commander';
import { compareOptionsSchema } from '../../runs/options.js';
import { interruption } from '../failure.js';
import { addOptions, saidOptions } from '../options.js';
import { ProgressLine } from '../progress.js';

export function describe(command: Command): void {
  command
    .description(
      'Tests whether two runs differ on the same labelled images: every metric of both, and a p-value.',
    )
    .argument('<first>', 'run folder, or adapter file')
    .argument('<second>', 'the same of the other')
    .argument('[data]', 'images that both predict; without, the predictions of their test are compared')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      `
Tests:
  AUC by DeLong's test, accuracy by McNemar's exact one, all else by a paired bootstrap. Where patients have
  several images (--group-by), everything is by a paired bootstrap over patients. Two-sided; not corrected for
  their number.

Examples:
  transfuse compare runs/fc runs/fc-then-bn
  transfuse compare runs/fc runs/fc-then-bn other-hospital.csv --group-by column:patient`,
    );
  addOptions(command, compareOptionsSchema);
  command.action(
    async (first: string, second: string, data: string | undefined, { json }: { json?: boolean }) => {
      const { compare } = await import('../../runs/compare.js');
      const { comparisonText } = await import('../comparison-text.js');
      const line = new ProgressLine();
      const stop = interruption(() => line.end());
      try {
        const comparison = await compare(first, second, data, saidOptions(command, compareOptionsSchema), {
          onAdapt: (done, total) => line.update('Adapting', done, total),
          onProgress: (done, total) => line.update('Predicting', done, total),
          onWarning: (warning) => process.stderr.write(`Warning: ${warning}\n`),
          signal: stop.signal,
        });
        line.clear();
        process.stdout.write(
          json ? `${JSON.stringify(comparison, null, 2)}\n` : comparisonText(comparison, [first, second]),
        );
      } finally {
        line.end();
        stop.done();
      }
    },
  );
}
