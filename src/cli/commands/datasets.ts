/** @file `transfuse datasets`. */
import path from 'node:path';
import type { Command } from 'commander';

export function describe(command: Command): void {
  command
    .argument('[name]', 'one data set; default: all of them')
    .description(
      'Says of each known data set where to get it, its licence and layout, how it is divided, and whether it is here.',
    )
    .option('--root <FOLDER>', 'where to look for them; default: TRANSFUSE_DATASETS, else the current folder')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      `
Examples:
  transfuse datasets --root /data
  transfuse datasets pcam
  transfuse train --dataset pcam            trains on it, wherever below TRANSFUSE_DATASETS it lies`,
    )
    .action(async (name: string | undefined, { root, json }: { root?: string; json?: boolean }) => {
      const { describeDatasets } = await import('../../data/datasets/describe.js');
      const described = await describeDatasets({ name, root });
      if (json) process.stdout.write(`${JSON.stringify(described, null, 2)}\n`);
      else process.stdout.write(`${described.datasets.map((one) => block(one, described.root)).join('\n')}`);
    });

  function block(one: Described, root: string): string {
    const lines = [
      ['task', one.task],
      ['get', one.get],
      ['licence', one.licence],
      ...one.layouts.map((layout, i) => [i === 0 ? 'layout' : 'or', layout]),
      ['split', one.split],
      ...(one.published === undefined ? [] : [['published', settings(one.published)]]),
      ...(one.options.length === 0 ? [] : [['options', one.options.join(', ')]]),
      ['here', one.found.map((place) => path.relative('.', place) || '.').join(', ') || `not below ${root}`],
    ];
    const names = [one.name, ...one.aliases].join(', ');
    return `${names}\n  ${one.title}\n${lines.map(([key, value]) => `  ${key.padEnd(9)}  ${value}\n`).join('')}`;
  }
}

type Described = Awaited<
  ReturnType<typeof import('../../data/datasets/describe.js').describeDatasets>
>['datasets'][number];

function settings({ size, batch, dropout, loss }: NonNullable<Described['published']>): string {
  const [height, width = height] = size.split('x');
  return `${height}×${width}, batch ${batch}, dropout ${dropout}, ${loss}`;
}
