/** @file `transfuse predict`. */
import type { Command } from 'commander';
import { predictOptionsSchema } from '../../runs/options.js';
import { interruption } from '../failure.js';
import { addOptions, saidOptions } from '../options.js';
import { ProgressLine } from '../progress.js';
import { table } from '../table.js';

export function describe(command: Command): void {
  command
    .description('Predicts images, and all images below folders, with a finished run.')
    .argument('<run>', 'run folder, or adapter file')
    .argument('<images...>', 'image files and folders')
    .option('--csv <FILE>', 'write image, predicted class and probabilities there instead of printing them')
    .addHelpText(
      'after',
      `
Examples:
  transfuse predict runs/cxr new/scan-17.jpeg
  transfuse predict runs/cxr new/ more/*.png --csv predictions.csv`,
    );
  addOptions(command, predictOptionsSchema);
  command.action(async (run: string, images: string[], { csv }: { csv?: string }) => {
    const { predict } = await import('../../runs/predict.js');
    const { stringify } = await import('csv-stringify/sync');
    const { ensureWritable, writeFileAtomic } = await import('../../files/atomic.js');
    const { probabilityColumns } = await import('../../runs/predictions.js');
    const line = new ProgressLine();
    const stop = interruption(() => line.end());
    try {
      if (csv) await ensureWritable(csv);
      const options = saidOptions(command, predictOptionsSchema);
      const { classes, predictions, unreadable } = await predict(run, images, options, {
        onProgress: (done, total) => line.update('Predicting', done, total),
        signal: stop.signal,
      });
      line.clear();
      const header = ['image', 'predicted', ...probabilityColumns(classes)];
      if (csv) {
        const rows = predictions.map((p) => [p.image, p.labels.join('|'), ...p.probabilities]);
        await writeFileAtomic(csv, stringify([header, ...rows]));
        process.stdout.write(`${predictions.length} predictions in ${csv}\n`);
      } else {
        const rows = predictions.map((p) => [
          p.image,
          p.labels.join('|'),
          ...p.probabilities.map((x) => x.toFixed(4)),
        ]);
        process.stdout.write(`${table([header, ...rows], '')}\n`);
      }
      for (const reason of unreadable) process.stderr.write(`Skipped: ${reason}\n`);
    } finally {
      line.end();
      stop.done();
    }
  });
}
