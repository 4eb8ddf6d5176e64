/** @file What `study table`, `figure` and `compare` share: opening a study with its results, and writing the outcome. */
import { type Command, Option } from 'commander';
import type { Grids } from '../../study/grid.js';
import type { CellResult } from '../../study/results.js';
import type { Study, Titles } from '../../study/study.js';

export interface OpenedResults {
  readonly study: Study;
  readonly results: readonly CellResult[];
  readonly grids: Grids;
  readonly titles: Titles;
}

/** Which study, and which part of it. */
export interface Selection {
  readonly out?: string;
  readonly datasets?: readonly string[];
  readonly networks?: readonly string[];
  readonly methods?: readonly string[];
}

/** Adds the flags of a selection. */
export function addSelection(command: Command, { methods }: { methods: boolean }): void {
  command.argument('<study>', 'study file, folder of a study, or paper');
  command.option('--out <FOLDER>', 'the study’s folder; default: studies/NAME');
  const flags: [string, string][] = [
    ['--datasets <NAME...>', 'only these data sets'],
    ['--networks <NAME...>', 'only these networks'],
    ...(methods ? [['--methods <NAME...>', 'only these methods, in this order'] as [string, string]] : []),
  ];
  for (const [flag, text] of flags) command.addOption(new Option(flag, text));
}

/** The results of the cells that the study, or the part that is asked for, has. */
export async function openResults(target: string, selection: Selection): Promise<OpenedResults> {
  const { openStudy } = await import('../../study/study.js');
  const { readResults } = await import('../../study/results.js');
  const { readPublishedResults } = await import('../../study/published-results.js');
  const { Grids } = await import('../../study/grid.js');
  const { selected } = await import('../../study/selection.js');
  const study = selected(await openStudy(target, { out: selection.out }), selection);
  const cells = new Set(study.cells.map(({ id }) => id));
  const results = (await readResults(study.folder)).filter(({ cell }) => cells.has(cell));
  const grids = new Grids(study, results, await readPublishedResults());
  const titles: Titles = {
    dataset: (name) => grids.datasetTitle(name),
    architecture: (name) => grids.architectureTitle(name),
    method: (name) => grids.methods.find((method) => method.name === name)?.title ?? name,
  };
  return { study, results, grids, titles };
}

/** Prints text, or writes it to a file and says so. */
export async function deliver(text: string, to: string | undefined): Promise<void> {
  if (to === undefined) {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    return;
  }
  const { writeFileAtomic } = await import('../../files/atomic.js');
  await writeFileAtomic(to, text);
  process.stdout.write(`${to}\n`);
}
