/**
 * @file Where a training step's time goes: ONNX Runtime's own profile of it, by operator type, and by operator type and
 * output shape.
 *
 *     node --import ./scripts/register-typescript.mjs bench/profile.ts --model mobilenetv2 --method bn-and-fc
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { table } from '../src/cli/table.js';
import { float32, type Tensor } from '../src/graph/tensor.js';
import { loadModel } from '../src/models/catalogue.js';
import { parametersOf } from '../src/models/classifier.js';
import { blockSize } from '../src/runtime/block-size.js';
import { createLoneSession } from '../src/runtime/lone-session.js';
import { trainedIn } from '../src/training/loop.js';
import { ports, type StepProgram, stepProgram } from '../src/training/program.js';
import { locate, type NetworkName, networkNames } from './networks.js';
import { countOption, listOption, readOptions } from './options.js';
import { main, temporaryFolder } from './process.js';
import { classifierOf, measuredMethodNames, measuredMethods, stepImages } from './step-case.js';
import { findTorch } from './torch.js';

const HELP = `bench/profile.ts [options]
  --model NAME    ${networkNames.join(', ')}, builtin or an ONNX file (mobilenetv2)
  --method NAME   ${measuredMethodNames.join(' or ')} (bn-and-fc)
  --size PIXELS   height and width (224)
  --batch IMAGES  of which one micro-batch is run (16)
  --threads N     (1, so that an operator's time is its work)
  --runs N        steps that are averaged, after one that is not counted (5)
  --top N         lines of the longer table (30)
  --python NAME   the interpreter that has torchvision, for resnet50 and densenet121 (python3)`;

const defaults = {
  model: 'mobilenetv2',
  method: 'bn-and-fc',
  size: '224',
  batch: '16',
  threads: '1',
  runs: '5',
  top: '30',
  python: 'python3',
};

await main(async () => {
  const options = readOptions(HELP, defaults);
  if (!options) return;
  const [method] = listOption('method', options.method, measuredMethodNames);
  const [size, batch, threads, runs, top] = (['size', 'batch', 'threads', 'runs', 'top'] as const).map(
    (name) => countOption(name, options[name]),
  );
  const folder = temporaryFolder();
  const { network } = await loadModel(await modelPath(options.model, options.python, folder));
  const classifier = classifierOf(network, size);
  const phase = measuredMethods[method];
  const program = stepProgram(classifier, {
    trained: trainedIn(phase, classifier),
    statistics: phase.statistics,
    dropout: 0,
    batch,
    weights: new Map(),
    block: await blockSize(),
  });
  const n = program.microBatch;
  const parameters = new Map(parametersOf(classifier).map(({ name, tensor }) => [name, tensor]));
  const events = await profile(program, parameters, { size, threads, runs, folder });

  const seconds = events.reduce((sum, { seconds }) => sum + seconds, 0) / runs;
  console.log(
    `${options.model} ${method}, ${n} of ${batch} images at ${size}×${size}, ${threads} threads: ` +
      `${(1000 * seconds).toFixed(1)} ms in operators, ${((1000 * seconds) / n).toFixed(1)} ms per image\n`,
  );
  const print = (
    heading: readonly string[],
    keyOf: (event: NodeEvent) => string,
    most = Number.POSITIVE_INFINITY,
  ) =>
    console.log(
      `${table([[...heading, 'ms', '%', 'nodes'], ...totals(events, keyOf, runs).slice(0, most)])}\n`,
    );
  print(['operator'], ({ op }) => op);
  print(['operator', 'output'], ({ op, output }) => `${op}\t${output}`, top);
});

async function modelPath(model: string, python: string, folder: string): Promise<string> {
  if (!networkNames.includes(model as NetworkName)) return model;
  const torch = await findTorch(python);
  const located = await locate(model as NetworkName, folder, 'missing' in torch ? undefined : torch);
  if ('missing' in located) throw new Error(located.missing);
  return located.path;
}

function feedsOf(
  { fed, microBatch: n }: StepProgram,
  size: number,
  parameters: ReadonlyMap<string, Tensor>,
): Record<string, Tensor> {
  return {
    ...Object.fromEntries(fed.map((name) => [name, parameters.get(name)!])),
    [ports.images]: { dtype: 'uint8', shape: [n, size, size, 3], data: stepImages(n, size) },
    [ports.targets]: float32(new Float32Array(n).fill(1), [n, 1]),
    [ports.weights]: float32(new Float32Array(n).fill(1 / n)),
  };
}

interface NodeEvent {
  readonly op: string;
  /** `float32[4,32,112,112]`, several joined by a blank. */
  readonly output: string;
  readonly seconds: number;
}

/** One event per node and counted run. */
async function profile(
  program: StepProgram,
  parameters: ReadonlyMap<string, Tensor>,
  { size, threads, runs, folder }: { size: number; threads: number; runs: number; folder: string },
): Promise<NodeEvent[]> {
  const options = { threads, profile: path.join(folder, 'step') };
  const session = await createLoneSession(program, options);
  const feeds = feedsOf(program, size, parameters);
  for (let i = 0; i <= runs; i++) await session.run(feeds);
  await session.release();
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const trace = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as TraceEvent[];
  const kernels = trace.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  // Every run has the same nodes, in about the same order.
  return kernels.slice(kernels.length / (runs + 1)).map(({ dur, args }) => ({
    op: args.op_name,
    output: (args.output_type_shape ?? []).map(shown).join(' '),
    seconds: dur / 1e6,
  }));
}

/** An entry of ONNX Runtime's profile; `dur` in microseconds. */
interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name: string;
    readonly output_type_shape?: readonly Record<string, number[]>[];
  };
}

function shown(output: Record<string, number[]>): string {
  return Object.entries(output)
    .map(([type, shape]) => `${type}[${shape}]`)
    .join();
}

/** Rows of key (tabs part its cells), milliseconds and share per run, and nodes; the costliest first. */
function totals(events: readonly NodeEvent[], keyOf: (event: NodeEvent) => string, runs: number): string[][] {
  const sums = new Map<string, { seconds: number; count: number }>();
  for (const event of events) {
    const key = keyOf(event);
    const { seconds, count } = sums.get(key) ?? { seconds: 0, count: 0 };
    sums.set(key, { seconds: seconds + event.seconds, count: count + 1 });
  }
  const all = events.reduce((sum, { seconds }) => sum + seconds, 0);
  return [...sums]
    .sort(([, a], [, b]) => b.seconds - a.seconds)
    .map(([key, { seconds, count }]) => [
      ...key.split('\t'),
      ((1000 * seconds) / runs).toFixed(2),
      ((100 * seconds) / all).toFixed(1),
      String(count / runs),
    ]);
}
