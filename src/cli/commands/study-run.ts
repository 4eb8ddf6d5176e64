/** @file `transfuse study run`. */
import { type Command, Option } from 'commander';
import type { Cell } from '../../study/cells.js';
import type { KubernetesFlags } from '../../study/kubernetes.js';
import type { SlurmFlags } from '../../study/slurm.js';
import type { Study } from '../../study/study.js';
import { interruption } from '../failure.js';

interface RunFlags extends SlurmFlags, KubernetesFlags {
  readonly out?: string;
  readonly data?: string;
  readonly dryRun?: boolean;
  readonly engine: string;
  readonly only?: string[];
  readonly list?: string;
  readonly index?: string;
}

export function describe(command: Command): void {
  command
    .description(
      'Runs every cell that is not done yet, resumes what broke, records what fails and goes on. The same command may run many times at once, on any machines that share the study’s folder: no cell runs twice.',
    )
    .argument('<study>', 'study file, folder of a study, or paper')
    .option('--out <FOLDER>', 'the study’s folder; default: studies/NAME')
    .option(
      '--data <FOLDER>',
      'of paper: the folder below which the data sets lie, as they are downloaded; default: data',
    )
    .option('--dry-run', 'say what would run, with estimated time and disk, and stop')
    .option('--only <TEXT...>', 'only cells whose name contains one of these, such as malaria or ~fc~')
    .addOption(
      new Option(
        '--engine <NAME>',
        'where cells run: local: here; slurm: as an array job; kubernetes: write a manifest',
      )
        .choices(['local', 'slurm', 'kubernetes'])
        .default('local'),
    )
    .addOption(new Option('--list <FILE>', 'cells to choose from, one a line').hideHelp())
    .addOption(new Option('--index <N>', 'which line of --list').hideHelp());
  addEngineOptions(command);
  command.action(async (target: string, flags: RunFlags) => {
    const { openStudy } = await import('../../study/study.js');
    const study = await openStudy(target, flags);
    const cells = await chosen(study, flags);
    if (flags.dryRun) return dryRun(study, cells);
    if (flags.engine === 'slurm') return submit(study, cells, flags);
    if (flags.engine === 'kubernetes') return writeManifest(study, cells, flags);
    await runHere(study, cells);
  });
}

async function runHere(study: Study, cells: readonly Cell[]): Promise<void> {
  const { runStudy } = await import('../../study/run-study.js');
  const { StudyScreen } = await import('../study-screen.js');
  const { TransfuseError } = await import('../../errors.js');
  const screen = new StudyScreen({ ...study, cells });
  const stop = interruption(() => screen.stopping());
  try {
    const commandLine = ['transfuse', ...process.argv.slice(2)].join(' ');
    const { failed, finished } = await runStudy(
      study,
      { cells },
      { ...screen.hooks, train: { ...screen.hooks.train, commandLine }, signal: stop.signal },
    );
    if (!finished) throw stop.signal.reason;
    await screen.finished();
    if (failed === 0) return;
    throw new TransfuseError(
      'cells-failed',
      `${failed} ${failed === 1 ? 'cell' : 'cells'} failed; transfuse study status ${study.folder} says why, and running again tries again`,
    );
  } finally {
    screen.close();
    stop.done();
  }
}

async function dryRun(study: Study, cells: readonly Cell[]): Promise<void> {
  const { ASSUMED_EPOCHS, estimateStudy } = await import('../../study/estimate.js');
  const { readResults } = await import('../../study/results.js');
  const { planTable } = await import('../study-screen.js');
  const { absentData } = await import('../../study/absent-data.js');
  const results = await readResults(study.folder);
  const estimate = await estimateStudy(study, results);
  process.stdout.write(`${planTable(study, cells, estimate)}\n`);
  const absent = await absentData(cells);
  if (absent.length > 0) process.stdout.write(`Not found yet: ${absent.join('; ')}\n`);
  const rate = `${(estimate.rate / 1e9).toFixed(0)} GFLOP/s`;
  process.stdout.write(
    estimate.measured
      ? `Time: at ${rate}, as measured on the ${results.length} cells that are done.\n`
      : `Time: guessed, at ${rate} and ${ASSUMED_EPOCHS} epochs for each phase that early stopping ends; it is better known once a cell is done.\n`,
  );
}

async function submit(study: Study, cells: readonly Cell[], flags: RunFlags): Promise<void> {
  const { submitToSlurm } = await import('../../study/slurm.js');
  const { jobs, tasks, folder } = await submitToSlurm(study, cells, flags);
  process.stdout.write(
    tasks === 0
      ? 'Nothing is left to do.\n'
      : `${tasks} cells in array ${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')}; logs in ${folder}\nHow it goes: transfuse study status ${study.folder}\n`,
  );
}

async function writeManifest(study: Study, cells: readonly Cell[], flags: RunFlags): Promise<void> {
  const { writeKubernetesJob } = await import('../../study/kubernetes.js');
  const { file, tasks } = await writeKubernetesJob(study, cells, flags);
  process.stdout.write(
    tasks === 0
      ? 'Nothing is left to do.\n'
      : `${tasks} cells in ${file}\nTo start them: kubectl apply -f ${file}\n`,
  );
}

/** The cells that --only, or --list and --index, ask for. */
async function chosen({ cells }: Study, { only, list, index }: RunFlags): Promise<readonly Cell[]> {
  const { TransfuseError } = await import('../../errors.js');
  if (list !== undefined) {
    const { readFile } = await import('node:fs/promises');
    const ids = (await readFile(list, 'utf8')).trim().split('\n');
    const cell = cells.find(({ id }) => id === ids[Number(index)]);
    if (cell) return [cell];
    throw new TransfuseError('bad-option', `--index ${index} of ${list} names no cell of this study`);
  }
  if (!only) return cells;
  const found = cells.filter(({ id }) => only.some((text) => id.includes(text)));
  if (found.length > 0) return found;
  throw new TransfuseError(
    'bad-option',
    `--only ${only.join(' ')} fits no cell; one is called ${cells[0].id}`,
  );
}

function addEngineOptions(command: Command): void {
  const add = (group: string, flags: string, text: string) =>
    command.addOption(new Option(flags, text).helpGroup(`${group}:`));
  const both = 'On a cluster';
  add(both, '--limit <N>', 'at most so many cells at once');
  add(both, '--memory <SIZE>', 'memory per cell, e.g. 8G');
  add(both, '--cpus <N>', 'processor cores per cell');
  const slurm = 'Slurm';
  add(slurm, '--partition <NAME>', 'partition to run in');
  add(slurm, '--account <NAME>', 'account to charge');
  add(slurm, '--time <LIMIT>', 'time limit of a task, after which it is queued again to go on, e.g. 4:00:00');
  add(
    slurm,
    '--sbatch <OPTION...>',
    'further options of sbatch, as they are, e.g. --sbatch=--qos=low --sbatch=--nice=100',
  );
  const kubernetes = 'Kubernetes';
  add(kubernetes, '--image <NAME>', 'container image that has transfuse');
  add(kubernetes, '--volume <CLAIM>', 'persistent volume claim that holds study and data');
  add(
    kubernetes,
    '--mount <PATH>',
    'where the volume is mounted, so that paths are as here; default: the study’s folder',
  );
  add(kubernetes, '--namespace <NAME>', 'namespace of the job');
}
