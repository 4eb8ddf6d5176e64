/**
 * @file How speed and memory of a BN-only step grow with threads, batch and image size: a table, and one figure each.
 *
 *     node --import ./scripts/register-typescript.mjs bench/scaling.ts --to docs/figures
 */
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as Plot from '@observablehq/plot';
import { table } from '../src/cli/table.js';
import { loadModel } from '../src/models/catalogue.js';
import { axisBelow, axisLeft, drawing, SERIES, WIDE } from '../src/report/plot.js';
import { standaloneSvg } from '../src/report/standalone-svg.js';
import { compiledEngine } from './compiled.js';
import { Engine } from './engine.js';
import { locate, type NetworkName, networkNames } from './networks.js';
import { countOption, listOption, readOptions } from './options.js';
import { main, temporaryFolder } from './process.js';
import { type StepCase, writeStepData } from './step-case.js';
import { findTorch } from './torch.js';

const HELP = `bench/scaling.ts [options]
  --networks LIST   of ${networkNames.join(',')} (mobilenetv2,resnet50)
  --seconds S       about how long each point is measured, at least two steps (4)
  --size PIXELS     where it does not vary (128)
  --batch IMAGES    where it does not vary (32)
  --to FOLDER       writes the figures there, as SVG
  --python COMMAND  the interpreter that has torch and torchvision, for all but mobilenetv2 and efficientnet-b4 (python3)`;

const defaults = {
  networks: 'mobilenetv2,resnet50',
  seconds: '4',
  size: '128',
  batch: '32',
  python: 'python3',
};

/** What varies, over what; no more threads than there are cores. */
const sweeps = {
  threads: [1, 2, 4, 8, 16].filter((threads) => threads <= os.availableParallelism()),
  batch: [1, 4, 16, 64, 256],
  size: [96, 160, 224, 320, 512],
} as const;
type Varied = keyof typeof sweeps;

interface Point extends Pick<StepCase, Varied> {
  readonly network: string;
  readonly varied: Varied;
  readonly imagesPerSecond: number;
  /** The most that was resident of the whole process, in MB. */
  readonly megabytes: number;
}

const names = {
  imagesPerSecond: { file: 'speed', label: 'images per second' },
  megabytes: { file: 'memory', label: 'peak memory, MB' },
} as const;

await main(async () => {
  const options = readOptions(HELP, defaults, { others: ['to'] });
  if (!options) return;
  const [size, batch, seconds] = (['size', 'batch', 'seconds'] as const).map((name) =>
    countOption(name, options[name]),
  ) as [number, number, number];
  const usual = { threads: os.availableParallelism(), batch, size };
  const ours = await compiledEngine();
  const points: Point[] = [];
  for (const network of listOption('networks', options.networks, networkNames)) {
    const model = await modelOf(network, options.python);
    for (const varied of Object.keys(sweeps) as Varied[]) {
      for (const value of sweeps[varied]) {
        const step = { ...usual, [varied]: value };
        points.push({ network, varied, ...step, ...(await measured(ours, model, step, seconds)) });
        console.log(`${network}, ${varied} ${value}: ${points.at(-1)!.imagesPerSecond.toFixed(1)} img/s`);
      }
    }
  }
  const row = ({ network, threads, batch, size, imagesPerSecond, megabytes }: Point) =>
    [network, threads, batch, size, imagesPerSecond.toFixed(1), megabytes.toFixed(0)].map(String);
  console.log(`\n${table([['network', 'threads', 'batch', 'size', 'img/s', 'MB'], ...points.map(row)])}`);
  const { to } = options;
  if (!to) return;
  await mkdir(to, { recursive: true });
  for (const varied of Object.keys(sweeps) as Varied[]) {
    const own = points.filter((point) => point.varied === varied);
    for (const what of ['imagesPerSecond', 'megabytes'] as const) {
      await writeFile(path.join(to, `scaling-${varied}-${names[what].file}.svg`), figure(own, varied, what));
    }
  }
});

function figure(points: readonly Point[], varied: Varied, what: keyof typeof names): string {
  const networks = [...new Set(points.map(({ network }) => network))];
  const colourOf = (network: string) => SERIES[networks.indexOf(network)]!;
  const label = varied === 'size' ? 'height and width, pixels' : varied;
  const description = `${names[what].label} by ${label}, for ${networks.join(', ')}`;
  const svg = drawing(description, WIDE, () => ({
    height: 300,
    marginLeft: 62,
    x: { type: 'log', base: 2 },
    y: { domain: [0, Math.max(...points.map((point) => point[what])) * 1.05] },
    marks: [
      axisBelow(label, { ticks: [...sweeps[varied]], tickFormat: 'd' }),
      axisLeft(names[what].label, { labelOffset: 56 }),
      ...networks.flatMap((network) => {
        const own = points.filter((point) => point.network === network);
        const channels = { x: varied, y: what } as const;
        return [
          Plot.line(own, { ...channels, stroke: colourOf(network), strokeWidth: 2 }),
          Plot.dot(own, { ...channels, fill: colourOf(network) }),
        ];
      }),
    ],
  }));
  const legend = networks.map((network) => ({ label: network, colour: colourOf(network) }));
  return standaloneSvg(svg, { title: `${names[what].label} by ${label}`, legend });
}

async function modelOf(network: NetworkName, python: string): Promise<string> {
  const torch = await findTorch(python);
  const located = await locate(network, temporaryFolder(), 'missing' in torch ? undefined : torch);
  if ('missing' in located) throw new Error(`${network}: ${located.missing}`);
  return located.path;
}

async function measured(
  ours: readonly [string, ...string[]],
  model: string,
  step: Pick<StepCase, Varied>,
  seconds: number,
): Promise<Pick<Point, 'imagesPerSecond' | 'megabytes'>> {
  const data = temporaryFolder();
  const stepCase: StepCase = { ...step, model, method: 'bn-and-fc', data };
  await writeStepData(stepCase, (await loadModel(model)).network.features);
  const engine = new Engine('Transfuse', [...ours, JSON.stringify(stepCase)]);
  try {
    await engine.load();
    const { seconds: warm } = await engine.steps(2);
    const { seconds: timed } = await engine.steps(Math.max(2, Math.round(seconds / warm[1]!)));
    const imagesPerSecond = (step.batch * timed.length) / timed.reduce((sum, each) => sum + each);
    return { imagesPerSecond, megabytes: (engine.memory()?.peak ?? Number.NaN) / 1e6 };
  } finally {
    engine.close();
  }
}
