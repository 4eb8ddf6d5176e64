/** @file `transfuse study figure`. */
import { type Command, Option } from 'commander';
import type { FigureKind } from '../../study/figures.js';
import { addSelection, deliver, openResults, type Selection } from './study-output.js';

const kinds: readonly FigureKind[] = [
  'auc',
  'moving-average',
  'random-weights',
  'learning-rate',
  'convergence',
];

export function describe(command: Command): void {
  addSelection(command, { methods: true });
  command
    .description(
      'Draws the published figures from a study’s results: one page with figures and tables, or one SVG file each.',
    )
    .requiredOption('--to <PATH>', 'a file ending in .html for a page, or a folder for SVG files')
    .addOption(
      new Option(
        '--figure <KIND...>',
        'auc: bars by network and method; moving-average, random-weights, learning-rate: the published variants; convergence: validation AUC by epoch and by FLOPs; default: all',
      ).choices(kinds),
    )
    .action(
      async (
        target: string,
        { to, figure = [...kinds], ...selection }: Selection & { to: string; figure?: FigureKind[] },
      ) => {
        const { study, results, grids, titles } = await openResults(target, selection);
        const { figuresOf } = await import('../../study/figures.js');
        const figures = figure.flatMap((kind) =>
          figuresOf(kind, grids, results).map((drawn) => ({ ...drawn, kind })),
        );
        if (to.endsWith('.html')) {
          const { studyPage } = await import('../../study/study-page.js');
          return deliver(studyPage({ study, results, grids, titles, figures }), to);
        }
        const { drawing } = await import('../../report/plot.js');
        const { standaloneSvg } = await import('../../report/standalone-svg.js');
        const { makeFolder } = await import('../../files/make-folder.js');
        await makeFolder(to);
        for (const { name, description, plot, ...heading } of figures) {
          await deliver(standaloneSvg(drawing(description, 720, plot), heading), `${to}/${name}.svg`);
        }
      },
    );
}
