/** @file `transfuse study table`. */
import { type Command, Option } from 'commander';
import type { Table, TableFormat } from '../../study/table.js';
import { addSelection, deliver, type OpenedResults, openResults, type Selection } from './study-output.js';

const kinds = ['auc', 'classes', 'hospitals', 'convergence'] as const;
type Kind = (typeof kinds)[number];

export function describe(command: Command): void {
  addSelection(command, { methods: true });
  command
    .description(
      'Writes tables of results, with the published value, the difference, and whether ours lies within the published runs.',
    )
    .addOption(
      new Option(
        '--table <KIND>',
        'auc: test AUC; classes: per class; hospitals: per hospital; convergence: epochs, seconds and FLOPs until it was good; default: all that have rows',
      ).choices(kinds),
    )
    .addOption(
      new Option('--format <FORMAT>', 'markdown, csv (one value a line), latex or html')
        .choices(['markdown', 'csv', 'latex', 'html'])
        .default('markdown'),
    )
    .option('--to <FILE>', 'write it there instead of printing it')
    .addHelpText(
      'after',
      `
Example, the paper's table of classes:
  transfuse study table paper --table classes --networks densenet121 \\
    --methods fc_then_full fc_then_bn fc moving_bn_and_fc random_weights_bn_and_fc`,
    )
    .action(async (target: string, flags: Selection & { table?: Kind; format: TableFormat; to?: string }) => {
      const { formatTables } = await import('../../study/table.js');
      const { TransfuseError } = await import('../../errors.js');
      if (flags.format === 'csv' && !flags.table) {
        throw new TransfuseError('bad-option', `--format csv needs --table, one of ${kinds.join(', ')}`);
      }
      const opened = await openResults(target, flags);
      const tables: Table[] = [];
      for (const kind of flags.table ? [flags.table] : kinds) {
        const table = await tableOf(kind, opened, flags.format);
        if (flags.table || table.rows.length > 0) tables.push(table);
      }
      await deliver(formatTables(tables, flags.format, opened.study.definition.name), flags.to);
    });
}

async function tableOf(
  kind: Kind,
  { study, results, grids, titles }: OpenedResults,
  format: TableFormat,
): Promise<Table> {
  if (kind === 'convergence') {
    const { convergenceOf, convergenceTable } = await import('../../study/convergence.js');
    return convergenceTable(convergenceOf(study, results), titles);
  }
  const grid = {
    auc: () => grids.auc(),
    classes: () => grids.perClass(),
    hospitals: () => grids.perHospital(),
  }[kind]();
  return format === 'csv' ? grids.asLongTable(grid) : grids.asTable(grid);
}
