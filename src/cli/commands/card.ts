/** @file `transfuse card`. */
import type { Command } from 'commander';
import { aboutFields } from '../../report/card.js';

export function describe(command: Command): void {
  command
    .description(
      'Writes the model card of a finished run: data, method, results with intervals, limits, provenance, in Markdown.',
    )
    .argument('<run>', 'run folder')
    .option('--out <FILE>', 'where to write it, e.g. card.md; default: to the terminal')
    .option('--about <FILE>', 'YAML with what only you know; default: about.yaml in the run folder')
    .option('--evaluation <FOLDERS...>', 'folders that evaluate --out left: other hospitals, subgroups')
    .addHelpText(
      'after',
      `
What --about may say (all optional, each a text; also below a key card:):
${Object.entries(aboutFields)
  .map(([name, what]) => `  ${name.padEnd(18)} ${what}`)
  .join('\n')}
What it does not say is marked “To be completed”. The card names no image, no patient and no folder of images.
It also lies inside the ONNX file that transfuse export writes of the run, with what about.yaml in the run
folder says.

Examples:
  transfuse card runs/cxr --out card.md
  transfuse card runs/cxr --about about.yaml --evaluation runs/cxr/other-hospital --out card.md`,
    )
    .action(
      async (
        run: string,
        { out, about, evaluation }: { out?: string; about?: string; evaluation?: string[] },
      ) => {
        const { modelCard } = await import('../../runs/card.js');
        const { ensureWritable, writeFileAtomic } = await import('../../files/atomic.js');
        if (out) await ensureWritable(out);
        const card = await modelCard(run, { about, evaluations: evaluation });
        if (out) await writeFileAtomic(out, card);
        process.stdout.write(out ? `Model card in ${out}\n` : card);
      },
    );
}
