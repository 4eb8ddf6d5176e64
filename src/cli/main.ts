#!/usr/bin/env -S GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.trim_threshold=131072 node
/**
 * @file The command line. Only what `--help` needs is loaded here; a command's own module is loaded when it is named.
 * Linux's allocator is told to ask for huge pages, which a network's tensors are read faster from (by a sixth, where the
 * system leaves the choice to the process), and to give back what loading a network has freed.
 */
import { Command } from 'commander';
import { version } from '../version.js';
import { failOnClosedOutput, reportFailure } from './failure.js';

/** Tells a command its arguments, options and action. */
type Describe = (command: Command) => void;

const commands: Record<string, { summary: string; load: () => Promise<{ describe: Describe }> }> = {
  train: { summary: 'fine-tune a network on your images', load: () => import('./commands/train.js') },
  evaluate: { summary: 'measure a run on labelled images', load: () => import('./commands/evaluate.js') },
  compare: {
    summary: 'test whether two runs differ',
    load: () => import('./commands/compare.js'),
  },
  predict: { summary: 'predict new images', load: () => import('./commands/predict.js') },
  models: {
    summary: 'list the networks that come by name, or download one',
    load: () => import('./commands/models.js'),
  },
  datasets: {
    summary: 'known data sets: where to get them, and whether they are here',
    load: () => import('./commands/datasets.js'),
  },
  inspect: { summary: 'say what a model, run or adapter is', load: () => import('./commands/inspect.js') },
  card: { summary: 'write the model card of a run', load: () => import('./commands/card.js') },
  export: { summary: 'write a run as one ONNX model', load: () => import('./commands/export.js') },
  serve: { summary: 'answer HTTP with many adapters at once', load: () => import('./commands/serve.js') },
  study: {
    summary: 'run grids of experiments, beside the published ones',
    load: () => import('./commands/study.js'),
  },
  ui: { summary: 'open a local page to do it all in', load: () => import('./commands/ui.js') },
  demo: { summary: 'see it work, on images it draws itself', load: () => import('./commands/demo.js') },
};

const program = new Command('transfuse')
  .description('Fine-tune the batch norm of a pre-trained image network on your own images, on this machine.')
  .version(version)
  .configureOutput({ outputError: (text, write) => write(`${oneLine(text)} (see --help)\n`) })
  .configureHelp({
    helpWidth: Math.min(process.stdout.columns ?? 100, 110),
    subcommandTerm: (command) => command.name(),
  })
  .addHelpText(
    'after',
    `
Examples:
  transfuse demo                                      see it work, on images it draws itself
  transfuse train photos/                             photos/<class>/*.jpg, everything else by default
  transfuse train xrays/ --model mobilenetv2.onnx --size 180 --group-by "person(\\d+)" --out runs/cxr
  transfuse train --resume --out runs/cxr             go on after an interruption
  transfuse evaluate runs/cxr xrays/test
  transfuse predict runs/cxr new/*.jpeg --csv out.csv
  transfuse export runs/cxr --to model.onnx           one ONNX file, images in, probabilities out

transfuse COMMAND --help says more of each.`,
  );

failOnClosedOutput();
for (const [name, { summary, load }] of Object.entries(commands)) {
  const command = program.command(name).summary(summary);
  if (process.argv.includes(name)) (await load()).describe(command);
}
await program.parseAsync().catch(reportFailure);

/** `error: unknown option '--epoch'\n(Did you mean --epochs?)` → one line of our own. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, 'transfuse: ')
    .replaceAll(/\s*\n\s*/g, ' ');
}
