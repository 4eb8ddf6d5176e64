/** @file `transfuse study`: its subcommands, each in a module of its own. */
import type { Command } from 'commander';
import * as compare from './study-compare.js';
import * as figure from './study-figure.js';
import * as run from './study-run.js';
import * as status from './study-status.js';
import * as table from './study-table.js';

export function describe(command: Command): void {
  command
    .description(
      'Runs grids of data sets × networks × methods × repetitions, and sets the results beside the published ones.',
    )
    .addHelpText('after', STUDY_HELP);
  run.describe(command.command('run').summary('run what is left of a study'));
  status.describe(command.command('status').summary('say what is done, running, failed and left'));
  table.describe(command.command('table').summary('tables of results beside the published ones'));
  figure.describe(command.command('figure').summary('figures of results beside the published ones'));
  compare.describe(command.command('compare').summary('test whether methods differ'));
}

const STUDY_HELP = `
STUDY is a study file, the folder of a study that has begun, or paper: the published study itself.

A study file (paths are meant from where it lies; every option of train may stand under settings and data sets):
  name: xrays
  datasets:
    chest_xray: { path: data/chest_xray, size: 128, epochs: 10, train-images: 2000, group-by: "person(\\\\d+)" }
    blood-cells: data/blood-cells
  architectures: [densenet121, weights/mobilenetv2.onnx]
  methods: [fc, fc-then-full, fc-then-bn, bn-and-fc]
  repetitions: 3
  settings: { patience: 4 }

Examples:
  transfuse study run paper --data /data --dry-run
  transfuse study run xrays.yaml
  transfuse study run xrays.yaml --engine slurm --partition gpu --limit 20
  transfuse study status studies/xrays
  transfuse study table studies/xrays --format markdown
  transfuse study figure studies/xrays --to figures/`;
