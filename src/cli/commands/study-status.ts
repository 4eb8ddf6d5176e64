/** @file `transfuse study status`. */
import type { Command } from 'commander';

const SHOWN_FAILURES = 5;

export function describe(command: Command): void {
  command
    .description('Says what is done, running, failed and left, whatever runs it wherever.')
    .argument('<study>', 'study file, folder of a study, or paper')
    .option('--out <FOLDER>', 'the study’s folder; default: studies/NAME')
    .option('--json', 'print every cell’s state as JSON')
    .action(async (target: string, { out, json }: { out?: string; json?: boolean }) => {
      const { openStudy } = await import('../../study/study.js');
      const { statusOf } = await import('../../study/status.js');
      const { estimateStudy } = await import('../../study/estimate.js');
      const { statusLine, statusTable } = await import('../study-screen.js');
      const study = await openStudy(target, { out });
      const status = await statusOf(study);
      const { states, counts, failures, results } = status;
      if (json) {
        const cells = Object.fromEntries(states);
        process.stdout.write(
          `${JSON.stringify({ folder: study.folder, counts, cells, failures }, null, 2)}\n`,
        );
        return;
      }
      const estimate = counts.open + counts.running > 0 ? await estimateStudy(study, results) : undefined;
      process.stdout.write(`${statusTable(study, status)}\n\n${statusLine(study, status, estimate)}\n`);
      const byReason = new Map<string, string[]>();
      for (const { cell, message } of failures) {
        byReason.set(message, [...(byReason.get(message) ?? []), cell]);
      }
      for (const [message, [first, ...others]] of [...byReason].slice(0, SHOWN_FAILURES)) {
        const more = others.length > 0 ? ` and ${others.length} more` : '';
        process.stdout.write(`Failed: ${first}${more}: ${message}\n`);
      }
      if (byReason.size > SHOWN_FAILURES) {
        process.stdout.write(`… and ${byReason.size - SHOWN_FAILURES} other reasons (--json lists all)\n`);
      }
    });
}
