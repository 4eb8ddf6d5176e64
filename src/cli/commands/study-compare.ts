/** @file `transfuse study compare`. */
import { type Command, Option } from 'commander';
import type { TableFormat } from '../../study/table.js';
import { addSelection, deliver, openResults, type Selection } from './study-output.js';

export function describe(command: Command): void {
  addSelection(command, { methods: false });
  command
    .description(
      'Tests whether methods differ: of two methods, by data set and network, the paired t-test over repetitions and DeLong’s test; of all pairs, Wilcoxon’s signed-rank test over data sets and networks.',
    )
    .argument('[methods...]', 'two methods, by their names in the study; default: all pairs')
    .addOption(
      new Option('--format <FORMAT>', 'markdown, csv, latex or html')
        .choices(['markdown', 'csv', 'latex', 'html'])
        .default('markdown'),
    )
    .option('--to <FILE>', 'write it there instead of printing it')
    .action(
      async (target: string, given: string[], flags: Selection & { format: TableFormat; to?: string }) => {
        const { cellComparisonTable, compareMethods, comparisonTable } = await import(
          '../../study/comparison.js'
        );
        const { formatTables } = await import('../../study/table.js');
        const { suggestion } = await import('../../study/nearest.js');
        const { TransfuseError } = await import('../../errors.js');
        const { study, results, titles } = await openResults(target, flags);
        const methods = Object.keys(study.definition.methods);
        for (const name of given) {
          if (methods.includes(name)) continue;
          throw new TransfuseError(
            'bad-option',
            `this study has no method ${name}${suggestion(name, methods)}`,
          );
        }
        if (given.length !== 0 && given.length !== 2) {
          throw new TransfuseError(
            'bad-option',
            `study compare takes two methods or none, not ${given.length}`,
          );
        }
        const pairs =
          given.length === 2 ? [given] : methods.flatMap((a, i) => methods.slice(i + 1).map((b) => [a, b]));
        const found = await Promise.all(pairs.map(([a, b]) => compareMethods(study, results, a, b)));
        const comparisons = found.flatMap((comparison) => comparison ?? []);
        if (comparisons.length === 0) {
          throw new TransfuseError(
            'no-results',
            `${study.folder} has no two methods with results of the same repetition`,
          );
        }
        const overall = comparisonTable(comparisons, titles.method);
        const tables =
          given.length === 2 && flags.format !== 'csv'
            ? [cellComparisonTable(comparisons[0], titles), overall]
            : [given.length === 2 ? cellComparisonTable(comparisons[0], titles) : overall];
        await deliver(formatTables(tables, flags.format, study.definition.name), flags.to);
      },
    );
}
