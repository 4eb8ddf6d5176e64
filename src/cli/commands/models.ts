/** @file `transfuse models`. */
import type { Command } from 'commander';
import { showDownload } from '../download-line.js';
import { interruption } from '../failure.js';
import { ProgressLine } from '../progress.js';
import { count, table } from '../table.js';

export function describe(command: Command): void {
  command
    .description(
      'Lists the networks that --model takes by name: parameters, size and licence of the official weights, and whether they are here.',
    )
    .option('--json', 'print it as JSON, with the addresses, checksums and places')
    .addHelpText(
      'after',
      `
Examples:
  transfuse models
  transfuse models fetch densenet121 efficientnetb3     download now, and train without a network later`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { listModels } = await import('../../models/sources-list.js');
      const models = listModels();
      process.stdout.write(json ? `${JSON.stringify(models, null, 2)}\n` : `${listing(models)}\n`);
    });
  command
    .command('fetch')
    .description(
      'Downloads the official weights of networks, goes on where an earlier try ended, verifies them, and keeps them in the cache folder (TRANSFUSE_CACHE says which).',
    )
    .argument('<names...>', 'names as `transfuse models` lists them')
    .action(async (names: string[]) => {
      const { fetchWeights } = await import('../../models/sources-cache.js');
      const line = new ProgressLine();
      const stop = interruption(() => line.end());
      try {
        for (const name of names) {
          const file = await fetchWeights(name, {
            onProgress: (progress) => showDownload(line, name, progress),
            signal: stop.signal,
          });
          line.clear();
          process.stdout.write(`${name}: ${file}\n`);
        }
      } finally {
        line.end();
        stop.done();
      }
    });
}

type Models = ReturnType<typeof import('../../models/sources-list.js').listModels>;

function listing(models: Models): string {
  const rows = models.map(({ name, parameters, size, bytes, licence, cached }) => [
    name,
    count(parameters),
    `${size}×${size}`,
    `${(bytes / 1e6).toFixed(1)} MB`,
    licence,
    cached ? 'here' : '',
  ]);
  return table([['name', 'parameters', 'images', 'download', 'licence', 'cached'], ...rows], '');
}
