/**
 * @file npm run bench:step: images per second and memory of one training step, beside PyTorch's where that is
 * installed. docs/performance.md says what exactly is measured.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../src/cli/table.js';
import { loadModel } from '../src/models/catalogue.js';
import { type Measured, measure } from './measure.js';
import { locate, networkNames } from './networks.js';
import { countOption, listOption, main } from './options.js';
import { measuredMethodNames, type StepCase, writeStepData } from './step-case.js';
import { findTorch } from './torch.js';

const HELP = `npm run bench:step -- [options]
  --networks LIST   of ${networkNames.join(',')} (all)
  --methods LIST    of ${measuredMethodNames.join(',')} (all)
  --size PIXELS     height and width (224)
  --batch IMAGES    (16)
  --rounds N        times that each engine has its turn (5)
  --seconds S       about how long a turn takes, at least one step (5)
  --threads N       of each engine (one per core)
  --python COMMAND  the interpreter that has torch, torchvision and onnx (python3)
  --json FILE       writes every figure there
  --quick           a small one, to see that it works: mobilenetv2, size 96, batch 8, 2 rounds of 1 second`;

const defaults = {
  networks: networkNames.join(),
  methods: measuredMethodNames.join(),
  size: '224',
  batch: '16',
  rounds: '5',
  seconds: '5',
  threads: String(os.availableParallelism()),
  python: 'python3',
};
const quick = { networks: 'mobilenetv2', size: '96', batch: '8', rounds: '2', seconds: '1' };

interface Row extends Omit<StepCase, 'model' | 'data'> {
  readonly network: string;
  readonly measured: Measured;
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
      json: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  const { json, ...given } = values as { json?: string } & Partial<typeof defaults>;
  const options = { ...defaults, ...(values.quick && quick), ...given };
  const chosen = listOption('networks', options.networks, networkNames);
  const methods = listOption('methods', options.methods, measuredMethodNames);
  const [size, batch, rounds, seconds, threads] = (
    ['size', 'batch', 'rounds', 'seconds', 'threads'] as const
  ).map((name) => countOption(name, options[name]));

  const found = await findTorch(options.python);
  const torch = 'missing' in found ? undefined : found;
  console.log(
    torch
      ? `beside PyTorch ${torch.version}; ${threads} threads each`
      : `without PyTorch, so only ours is measured (${options.python}: ${(found as { missing: string }).missing})`,
  );

  const folder = await mkdtemp(path.join(os.tmpdir(), 'transfuse-bench-'));
  const rows: Row[] = [];
  const notes: string[] = [];
  try {
    for (const network of chosen) {
      const located = await locate(network, folder, torch);
      if ('missing' in located) {
        notes.push(`${network} is left out: ${located.missing}`);
        continue;
      }
      const { features } = (await loadModel(located.path)).network;
      for (const method of methods) {
        const row = { network, method, size, batch, threads };
        const stepCase: StepCase = { ...row, model: located.path, data: folder };
        await writeStepData(stepCase, features);
        console.log(`${network} ${method} …`);
        try {
          const measured = await measure(stepCase, { rounds, seconds, torch });
          rows.push({ ...row, measured });
          if (measured.wrong) notes.push(`WRONG: ${network} ${method}: ${measured.wrong}`);
        } catch (error) {
          notes.push(`${network} ${method} failed: ${(error as Error).message}`);
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  if (rows.length > 0) console.log(`\n${table([heading, ...rows.map(cells)])}`);
  for (const note of notes) console.log(`\n  ${note}`);
  if (json) {
    const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version };
    await writeFile(json, JSON.stringify({ machine, torch: torch?.version, rounds, rows, notes }, null, 2));
  }
  if (rows.some(({ measured }) => measured.wrong) || rows.length === 0) process.exitCode = 1;
});

const heading = [
  'network',
  'method',
  'size',
  'batch',
  'Transfuse img/s',
  'PyTorch img/s',
  'speed ratio (range)',
  'Transfuse MB (loaded)',
  'PyTorch MB (loaded)',
  'memory ratio',
  'same results',
];

/** Ratios are ours to PyTorch's: of speed, above 1 is better; of memory, below. */
function cells({ network, method, size, batch, measured }: Row): (string | number)[] {
  const { ours, torch, wrong } = measured;
  const ratios = torch ? ours.speeds.map((speed, round) => speed / torch.speeds[round]) : [];
  const speed = (speeds: readonly number[] | undefined) => (speeds ? median(speeds).toFixed(1) : '–');
  const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  const memory = ({ before, after }: Partial<Measured['ours']> = {}) =>
    before && after ? `${megabytes(after.peak)} (${megabytes(before.resident)})` : '–';
  return [
    network,
    method,
    size,
    batch,
    speed(ours.speeds),
    torch ? `${speed(torch.speeds)} ${torch.probe.layout}` : '–',
    torch ? `${median(ratios).toFixed(2)} (${range})` : '–',
    memory(ours),
    memory(torch),
    ours.after && torch?.after ? (ours.after.peak / torch.after.peak).toFixed(2) : '–',
    torch ? (wrong ? 'NO' : 'yes') : '–',
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}
