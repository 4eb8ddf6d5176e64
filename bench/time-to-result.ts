/**
 * @file How long until the result: a whole FC-then-BN run of ours beside a whole FC-then-full run in PyTorch, from the
 * same JPEG files, split and weights. They take turns of some seconds, the other one stopped, and only a process's own
 * turns count for it; so a machine that slows down slows both.
 *
 *     npm run build && node --import ./scripts/register-typescript.mjs bench/time-to-result.ts --data FOLDER --model FILE
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from '../src/cli/table.js';
import { TransfuseError } from '../src/errors.js';
import { countOption, readOptions } from './options.js';
import { main, node, temporaryFolder } from './process.js';
import { findTorch, script } from './torch.js';
import { type Epoch, Runner, startGroup } from './turns.js';

const HELP = `bench/time-to-result.ts --data FOLDER --model FILE [options]
  --data FOLDER        two classes of images
  --model FILE         an ONNX network
  --size PIXELS        (128)
  --val FRACTION       (0.1)
  --train-images N     (1000)
  --batch IMAGES       (32)
  --seed N             (0)
  --turn SECONDS       (10)
  --python COMMAND     the interpreter that has torch, torchvision, onnx and Pillow (python3)
  --json FILE          writes every figure there`;

const defaults = {
  size: '128',
  val: '0.1',
  'train-images': '1000',
  batch: '32',
  seed: '0',
  turn: '10',
  python: 'python3',
};

await main(async () => {
  const options = readOptions(HELP, defaults, { others: ['data', 'model', 'json'] });
  if (!options) return;
  const { data, model, json } = options;
  if (!data || !model) throw new TransfuseError('bad-option', '--data and --model are needed; see --help');
  const torch = await findTorch(options.python);
  if ('missing' in torch) throw new TransfuseError('no-peer', torch.missing);
  const folder = path.join(temporaryFolder(), 'ours');
  const turn = 1000 * countOption('turn', options.turn);

  const ours = new Runner(
    'Transfuse, FC-then-BN',
    () => startOurs(data, model, folder, options),
    () => readLines(path.join(folder, 'history.jsonl')),
  );
  const said: string[] = [];
  const theirs = new Runner(
    `PyTorch ${torch.version}, FC-then-full`,
    () => startTheirs({ data, model, split: path.join(folder, 'split.csv'), ...options }, said),
    () => said,
  );
  await ours.turn(turn, () => existsSync(path.join(folder, 'split.csv')));
  while (!(ours.ended && theirs.ended)) {
    for (const runner of [theirs, ours]) if (!runner.ended) await runner.turn(turn);
  }

  const aucs = [ours, theirs].map(({ epochs }) => finalAuc(epochs));
  const bar = Math.min(...aucs);
  const rows = [ours, theirs].map((runner, i) => {
    const reached = runner.epochs.find(({ validationAuc }) => validationAuc >= bar)!;
    return { name: runner.name, auc: aucs[i], seconds: runner.seconds, epochs: runner.epochs, reached };
  });
  console.log(
    `\n${table([
      ['run', 'epochs', 'validation AUC', 'whole run, s', `first at ${bar.toFixed(4)}, s`],
      ...rows.map(({ name, auc, seconds, epochs, reached }) => [
        name,
        String(epochs.length),
        auc.toFixed(4),
        seconds.toFixed(0),
        reached.at.toFixed(0),
      ]),
    ])}`,
  );
  const [us, them] = rows as [(typeof rows)[0], (typeof rows)[0]];
  console.log(
    `The result ${(them.reached.at / us.reached.at).toFixed(1)} times sooner, the whole run ${(them.seconds / us.seconds).toFixed(1)} times.`,
  );
  if (json) await writeFile(json, JSON.stringify({ options, bar, rows }, null, 1));
});

function startOurs(data: string, model: string, out: string, options: typeof defaults): ChildProcess {
  const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const { size, val, batch, seed } = options;
  const flags = {
    model,
    out,
    size,
    val,
    batch,
    seed,
    'train-images': options['train-images'],
    method: 'fc-then-bn',
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const [command, ...before] = node;
  return startGroup(command, [...before, cli, 'train', data, ...args], () => {});
}

function startTheirs(
  {
    data,
    model,
    split,
    size,
    batch,
    seed,
    python,
  }: { data: string; model: string; split: string } & typeof defaults,
  said: string[],
): ChildProcess {
  const [pixels, images, number] = [size, batch, seed].map(Number);
  const threads = os.availableParallelism();
  const request = { data, model, split, size: pixels, batch: images, seed: number, threads };
  let rest = '';
  return startGroup(python, [script('torch_fine_tuning.py'), JSON.stringify(request)], (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    said.push(...lines);
  });
}

function readLines(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

/** Of the weights that are kept: those of the last phase with the least validation loss. */
function finalAuc(epochs: readonly Epoch[]): number {
  const last = epochs.filter(({ phase }) => phase === epochs.at(-1)!.phase);
  return last.reduce((best, each) => (each.validationLoss < best.validationLoss ? each : best)).validationAuc;
}
