/** @file `transfuse evaluate`. */
import type { Command } from 'commander';
import { interruption } from '../failure.js';
import { ProgressLine } from '../progress.js';

export function registerEvaluate(program: Command): void {
  program
    .command('evaluate')
    .summary('measure a run on labelled images')
    .description('Predicts labelled images with a finished run and prints every metric, with intervals.')
    .argument('<run>', 'run folder, or adapter file')
    .argument('<data>', 'folder of class folders, or a CSV; with train/val/test inside, --split says which')
    .option('--split <NAME>', 'train, validation or test, where the data bring them', 'test')
    .option('--model <NAME|FILE>', 'the base network, where it has moved since')
    .option('--batch <N>', 'images at once', Number, 32)
    .option('--threads <N>', 'threads of ONNX Runtime; 0 takes one per core', Number, 0)
    .option('--json', 'print all metrics as JSON')
    .option('--out <FOLDER>', 'write metrics.json and predictions there too')
    .action(async (run: string, data: string, { json, ...options }) => {
      const { evaluate } = await import('../../runs/evaluate.js');
      const { metricsText } = await import('../metrics-text.js');
      const line = new ProgressLine();
      const stop = interruption(() => {});
      try {
        const metrics = await evaluate(run, data, options, {
          onProgress: (done, total) => line.update('Predicting', done, total),
          onWarning: (warning) => process.stderr.write(`Warning: ${warning}\n`),
          signal: stop.signal,
        });
        line.clear();
        process.stdout.write(json ? `${JSON.stringify(metrics, null, 2)}\n` : metricsText(metrics));
      } finally {
        line.clear();
        stop.done();
      }
    });
}
