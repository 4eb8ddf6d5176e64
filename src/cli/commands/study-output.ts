/** @file What `study table`, `figure` and `compare` share: opening a study with its results, and writing the outcome. */
import type { Grids } from '../../study/grid.js';
import type { CellResult } from '../../study/results.js';
import type { Study } from '../../study/study.js';

export interface OpenedResults {
  readonly study: Study;
  readonly results: readonly CellResult[];
  readonly grids: Grids;
  readonly titles: {
    dataset(name: string): string;
    architecture(name: string): string;
    method(name: string): string;
  };
}

/** The results of the cells that the study has. */
export async function openResults(target: string, out?: string): Promise<OpenedResults> {
  const { openStudy } = await import('../../study/study.js');
  const { readResults } = await import('../../study/results.js');
  const { readPublishedResults } = await import('../../study/published-results.js');
  const { Grids } = await import('../../study/grid.js');
  const study = await openStudy(target, { out });
  const cells = new Set(study.cells.map(({ id }) => id));
  const results = (await readResults(study.folder)).filter(({ cell }) => cells.has(cell));
  const grids = new Grids(study, results, await readPublishedResults());
  const titles = {
    dataset: (name: string) => grids.datasetTitle(name),
    architecture: (name: string) => grids.architectureTitle(name),
    method: (name: string) => grids.methods.find((method) => method.name === name)?.title ?? name,
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
