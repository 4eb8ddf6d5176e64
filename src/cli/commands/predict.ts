/** @file `transfuse predict`. */
import path from 'node:path';
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
Heatmaps:
  Each PNG shows the image, beside it the image under the heatmap, and the colours used: violet is cold, yellow
  hot, the rest between; cold parts stay as they are. Colours are relative to each image's hottest part: they do
  not say how sure the prediction is.
  *.grad-cam.png     Grad-CAM: which regions of the network's last feature map spoke for the class. Coarse; the
                     line surrounds what is at least half as hot as the hottest.
  *.smooth-grad.png  SmoothGrad: the pixels whose change would change the score most, for or against the class.
  A heatmap says what the network used, not what is there, nor that it was right to use it.

Examples:
  transfuse predict runs/cxr new/scan-17.jpeg
  transfuse predict runs/cxr new/ more/*.png --csv predictions.csv
  transfuse predict runs/cxr new/ --heatmap heatmaps/ --heatmap-class PNEUMONIA`,
    );
  addOptions(command, predictOptionsSchema);
  command.action(async (run: string, images: string[], { csv }: { csv?: string }) => {
    const { predict } = await import('../../runs/predict.js');
    const { stringify } = await import('csv-stringify/sync');
    const { ensureWritable, writeFileAtomic } = await import('../../files/atomic.js');
    const { predictionRows } = await import('../../runs/prediction-rows.js');
    const line = new ProgressLine();
    const stop = interruption(() => line.end());
    try {
      if (csv) await ensureWritable(csv);
      const options = saidOptions(command, predictOptionsSchema);
      const { classes, predictions, unreadable } = await predict(run, images, options, {
        onAdapt: (done, total) => line.update('Adapting', done, total),
        onProgress: (done, total) => line.update('Predicting', done, total),
        onHeatmap: (done, total) => line.update('Explaining', done, total),
        signal: stop.signal,
      });
      line.clear();
      const rows = predictionRows(classes, predictions);
      if (csv) {
        await writeFileAtomic(csv, stringify(rows));
        process.stdout.write(`${predictions.length} predictions in ${csv}\n`);
      } else {
        const shown = rows.map((row) => row.map((x) => (typeof x === 'number' ? x.toFixed(4) : x)));
        process.stdout.write(`${table(shown, '')}\n`);
      }
      if (predictions[0]?.heatmap)
        process.stdout.write(`Heatmaps in ${path.dirname(predictions[0].heatmap.gradCam)}\n`);
      for (const reason of unreadable) process.stderr.write(`Skipped: ${reason}\n`);
    } finally {
      line.end();
      stop.done();
    }
  });
}
