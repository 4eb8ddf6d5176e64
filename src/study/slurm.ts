/**
 * @file A study on a Slurm cluster: an array job, one cell per task. The study's folder must be visible on all nodes.
 * Tasks are queued again after pre-emption, a node's failure or the time limit, and go on from the last checkpoint;
 * claims see to it that no cell is run twice, whatever Slurm takes for dead.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { TransfuseError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import type { Cell } from './cells.js';
import type { Study } from './study.js';
import { countFlag, quoted, type TaskList, thisProgram, writeTaskList } from './task-list.js';

const run = promisify(execFile);

export interface SlurmFlags {
  readonly partition?: string;
  readonly account?: string;
  readonly time?: string;
  readonly memory?: string;
  readonly cpus?: string;
  /** At most so many tasks at once. */
  readonly limit?: string;
  /** Further options of sbatch, each as it is. */
  readonly sbatch?: readonly string[];
}

export interface SlurmSubmission {
  /** One per array; several where there are more cells than an array may have. */
  readonly jobs: readonly string[];
  readonly tasks: number;
  /** Of the job scripts and logs. */
  readonly folder: string;
}

/** Slurm's own default of MaxArraySize, less one. */
const USUAL_ARRAY_SIZE = 1000;

/**
 * Submits what is left of a study.
 * @throws TransfuseError `no-slurm`, `slurm-refused`
 */
export async function submitToSlurm(
  study: Study,
  cells: readonly Cell[],
  flags: SlurmFlags,
): Promise<SlurmSubmission> {
  const limit = countFlag('limit', flags.limit);
  const most = await maxArraySize();
  const list = await writeTaskList(study, cells, 'slurm');
  const arrays = arraysOf(list.tasks, most, limit);
  const jobs: string[] = [];
  for (const [i, array] of arrays.entries()) {
    const script = path.join(list.folder, `job-${i + 1}.sh`);
    await writeFileAtomic(script, slurmScript(study, list, array, flags));
    // A job limit is one for the whole study: the arrays follow each other.
    const after = limit !== undefined && i > 0 ? [`--dependency=afterany:${jobs.at(-1)}`] : [];
    jobs.push(await sbatch([...after, script]));
  }
  return { jobs, tasks: list.tasks, folder: list.folder };
}

export interface TaskArray {
  /** The list's line of the array's task 0. */
  readonly offset: number;
  readonly size: number;
  readonly limit?: number;
}

/** Cuts tasks into arrays of at most `most`. */
export function arraysOf(tasks: number, most: number, limit?: number): TaskArray[] {
  return Array.from({ length: Math.ceil(tasks / most) }, (_, i) => ({
    offset: i * most,
    size: Math.min(most, tasks - i * most),
    limit,
  }));
}

/** Seconds before the time limit at which a task is told to stop: enough for a step and a checkpoint. */
const NOTICE = 120;
/** Slurm may send a signal up to a minute early; something must get done between. */
const LEAST_TIME = 180;

/**
 * When before the time limit a task is told.
 * @throws TransfuseError `bad-option`
 */
function noticeBefore(time: string): number {
  const limit = slurmSeconds(time);
  if (limit === undefined || limit < LEAST_TIME) {
    throw new TransfuseError(
      'bad-option',
      `--time is ${time}; it must be a time as Slurm writes it, such as 90 (minutes), 4:00:00 or 1-12, of at least ${LEAST_TIME / 60} minutes`,
    );
  }
  return Math.min(NOTICE, limit / 4);
}

/** Seconds of `minutes`, `m:s`, `h:m:s`, `days-h`, `days-h:m` or `days-h:m:s`; undefined for anything else. */
export function slurmSeconds(time: string): number | undefined {
  const [, days, clock] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(time) ?? [];
  if (clock === undefined) return undefined;
  const numbers = clock.split(':').map(Number);
  // With days the first is hours; without, two numbers are minutes and seconds.
  const isFromHours = days !== undefined || numbers.length === 3;
  const [hours, minutes = 0, seconds = 0] = isFromHours ? numbers : [0, ...numbers];
  return ((Number(days ?? 0) * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** The job script. */
export function slurmScript(
  { definition, folder }: Study,
  list: TaskList,
  { offset, size, limit }: TaskArray,
  { partition, account, time, memory, cpus, sbatch: further = [] }: SlurmFlags,
): string {
  const options = [
    `--job-name=${definition.name}`,
    `--array=0-${size - 1}${limit === undefined ? '' : `%${limit}`}`,
    `--output=${path.join(list.folder, '%A_%a.log')}`,
    '--open-mode=append',
    '--requeue',
    ...(partition ? [`--partition=${partition}`] : []),
    ...(account ? [`--account=${account}`] : []),
    ...(time ? [`--time=${time}`, `--signal=B:USR1@${noticeBefore(time)}`] : []),
    ...(memory ? [`--mem=${memory}`] : []),
    ...(cpus ? [`--cpus-per-task=${countFlag('cpus', cpus)}`] : []),
    ...further,
  ];
  const command = [...thisProgram(), 'study', 'run', folder, '--list', list.file].map(quoted).join(' ');
  return `#!/bin/sh
${options.map((option) => `#SBATCH ${option}`).join('\n')}

# The time limit is near: stop after this step, and go on in the queue.
requeue() {
  kill -TERM "$task"
  wait "$task"
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
  exit 0
}
trap requeue USR1
# Cancelled or pre-empted: stop after this step.
trap 'kill -TERM "$task"' TERM

${command} --index $((SLURM_ARRAY_TASK_ID + ${offset})) &
task=$!
while kill -0 "$task" 2>/dev/null; do wait "$task"; status=$?; done
exit "$status"
`;
}

async function sbatch(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('sbatch', ['--parsable', ...args]);
    return stdout.trim().split(';')[0];
  } catch (cause) {
    throw slurmProblem('sbatch', cause);
  }
}

async function maxArraySize(): Promise<number> {
  try {
    const { stdout } = await run('scontrol', ['show', 'config']);
    const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1]);
    return size > 1 ? size - 1 : USUAL_ARRAY_SIZE;
  } catch (cause) {
    throw slurmProblem('scontrol', cause);
  }
}

function slurmProblem(program: string, cause: unknown): TransfuseError {
  const { code, stderr, message } = cause as NodeJS.ErrnoException & { stderr?: string };
  if (code === 'ENOENT') {
    return new TransfuseError(
      'no-slurm',
      `there is no ${program} here; --engine slurm must be used on a machine from which jobs can be submitted`,
      { cause },
    );
  }
  const reason = (stderr || message).trim().replaceAll(/\s*\n\s*/g, ' ');
  return new TransfuseError('slurm-refused', `${program} refused: ${reason}`, { cause });
}
