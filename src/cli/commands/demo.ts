/** @file `transfuse demo`. */
import type { Command } from 'commander';
import { interruption } from '../failure.js';
import { duration } from '../progress.js';
import { count, table } from '../table.js';
import { interval, TrainScreen } from '../train-screen.js';

export function describe(command: Command): void {
  command
    .description('Draws blood smears, fine-tunes the built-in network in three ways, and compares them.')
    .option('--out <FOLDER>', 'where to put images and runs', 'runs/demo')
    .action(async ({ out }: { out: string }) => {
      const { demo } = await import('../../demo/demo.js');
      const screen = new TrainScreen();
      const stop = interruption(() => screen.stopping());
      const started = performance.now();
      try {
        const { outcomes, report, finished } = await demo(out, {
          onImages: (folder) => process.stdout.write(`Images: ${folder}\n`),
          onMethod: (method) => process.stdout.write(`\n== ${method}\n`),
          train: { ...screen.hooks, signal: stop.signal, commandLine: 'transfuse demo' },
        });
        screen.close();
        if (!finished) throw stop.signal.reason;
        const rows = outcomes.map(({ method, result, seconds, trainedParameters }) => [
          method,
          interval(result.metrics.test!.auc),
          count(trainedParameters),
          result.history.length,
          duration(seconds),
        ]);
        process.stdout.write(
          `\n${table([['method', 'test AUC', 'trained parameters', 'epochs', 'time'], ...rows], '')}\n\n`,
        );
        process.stdout.write(
          `Done in ${duration((performance.now() - started) / 1000)}. Report: ${report}\n`,
        );
      } finally {
        screen.close();
        stop.done();
      }
    });
}
