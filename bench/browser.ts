/**
 * @file One step of the built-in network's batch norm in Chromium's WebAssembly beside the same step in Node: speeds in
 * turns, gradients compared. `--threads N` cores each; `--rounds N`; `--seconds N` for each turn.
 */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import type { Tensor } from '../src/graph/tensor.js';
import { loadBuiltin } from '../src/models/builtin.js';
import { parametersOf } from '../src/models/classifier.js';
import { initialHead } from '../src/models/head.js';
import { builtinPreprocessing } from '../src/models/petri.js';
import { Random } from '../src/random.js';
import { startLanes } from '../src/runtime/lanes.js';
import { trainedIn } from '../src/training/loop.js';
import { resolveMethod } from '../src/training/methods.js';
import { stepProgram } from '../src/training/program.js';
import { chromiumPath } from '../test/ui/chromium.js';

const pageScript = `
const ask = (worker, message) => new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = reject;
  worker.postMessage(message);
});
let workers;
globalThis.start = async (count, threads) => {
  workers = Array.from({ length: count }, () => new Worker('/worker.js', { type: 'module' }));
  globalThis.share = threads;
  await Promise.all(workers.map((worker) => ask(worker, { threads })));
};
globalThis.once = () => ask(workers[0], { once: true });
globalThis.measure = async (milliseconds) => {
  const rates = await Promise.all(workers.map((worker) => ask(worker, { milliseconds })));
  return rates.reduce((sum, rate) => sum + rate, 0);
};`;

const workerScript = `
import * as ort from '/ort.wasm.min.mjs';
let session, feeds, images;
self.onmessage = async ({ data }) => {
  if (data.threads) {
    ort.env.wasm.wasmPaths = '/';
    ort.env.wasm.numThreads = data.threads;
    const model = new Uint8Array(await (await fetch('/step.onnx')).arrayBuffer());
    session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], enableMemPattern: false });
    const json = await (await fetch('/feeds.json')).json();
    feeds = Object.fromEntries(Object.entries(json).map(([name, { dtype, shape, data }]) =>
      [name, new ort.Tensor(dtype, dtype === 'uint8' ? Uint8Array.from(data) : Float32Array.from(data), shape)]));
    images = feeds.images.dims[0];
    await session.run(feeds);
    return self.postMessage('ready');
  }
  if (data.once) {
    const results = await session.run(feeds);
    return self.postMessage(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]])));
  }
  const started = performance.now();
  let runs = 0;
  while (performance.now() - started < data.milliseconds) {
    await session.run(feeds);
    runs++;
  }
  self.postMessage((1000 * runs * images) / (performance.now() - started));
};`;

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    size: { type: 'string', default: '64' },
  },
});
const [threads, rounds, seconds, size] = [values.threads, values.rounds, values.seconds, values.size].map(
  Number,
);

const network = await loadBuiltin();
const classifier = {
  network,
  head: initialHead(network.features, 1, 0),
  preprocessing: builtinPreprocessing,
  height: size!,
  width: size!,
  task: 'binary',
  classes: ['a', 'b'],
} as const;
const phase = resolveMethod('fc-then-bn').phases[1]!;
const program = stepProgram(classifier, {
  trained: trainedIn(phase, classifier),
  statistics: 'frozen',
  dropout: 0,
  batch: 32,
  weights: new Map(),
});
const n = program.microBatch;
const feeds = feedsOf();

const lanes = await startLanes([{ model: program.model.slice() }], { threads });
const inNode = () => fastest(async () => void (await Promise.all(lanesOf(() => lanes.run(0, feeds)))));

const host = await serve();
const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
const workers = await open('workers');
const oneSession = await open('threads');

const expected = await lanes.run(0, feeds);
const found = (await workers.evaluate('globalThis.once()')) as Record<string, number[]>;
let [difference, length] = [0, 0];
for (const name of program.trained.map((each) => `gradient:${each}`)) {
  (expected[name]!.data as Float32Array).forEach((value, i) => {
    difference += (found[name]![i]! - value) ** 2;
    length += value ** 2;
  });
}
console.log(
  `gradients of ${program.trained.length} parameters differ by ${Math.sqrt(difference / length).toExponential(1)} of their norm`,
);

const rates: Record<string, number[]> = { node: [], workers: [], threads: [] };
for (let round = 0; round < rounds!; round++) {
  rates.node!.push(await inNode());
  rates.workers!.push(await inPage(workers));
  rates.threads!.push(await inPage(oneSession));
}
for (const kind of ['workers', 'threads']) {
  const ratios = rates[kind]!.map((rate, i) => rate / rates.node![i]!).sort((a, b) => a - b);
  console.log(
    `${threads} ${kind}: ${median(rates[kind]!).toFixed(1)} img/s, Node ${median(rates.node!).toFixed(1)}; ratio ${median(ratios).toFixed(3)} (${ratios[0]!.toFixed(3)}–${ratios.at(-1)!.toFixed(3)})`,
  );
}
await browser.close();
await lanes.close();
host.close();

function feedsOf(): Record<string, Tensor> {
  const random = new Random(0);
  const pixels = Uint8Array.from({ length: n * size! * size! * 3 }, () => random.word() & 255);
  const own = new Map<string, Tensor>(parametersOf(classifier).map(({ name, tensor }) => [name, tensor]));
  return {
    images: { dtype: 'uint8', shape: [n, size!, size!, 3], data: pixels },
    targets: { dtype: 'float32', shape: [n, 1], data: Float32Array.from({ length: n }, (_, i) => i % 2) },
    weights: { dtype: 'float32', shape: [n], data: new Float32Array(n).fill(1 / n) },
    ...Object.fromEntries(program.fed.map((name) => [name, own.get(name)!])),
  };
}

function lanesOf<T>(make: () => T): T[] {
  return Array.from({ length: threads! }, make);
}

/** Images per second. */
async function fastest(run: () => Promise<void>): Promise<number> {
  await run();
  const started = performance.now();
  let runs = 0;
  while (performance.now() - started < seconds! * 1000) {
    await run();
    runs++;
  }
  return (1000 * runs * n * threads!) / (performance.now() - started);
}

async function inPage(page: Page): Promise<number> {
  return (await page.evaluate(`globalThis.measure(${seconds! * 1000})`)) as number;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

/** @param how a session of one thread in each of several workers, or one session of several threads */
async function open(how: 'workers' | 'threads'): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`);
  await page.evaluate(
    `globalThis.start(${how === 'workers' ? threads : 1}, ${how === 'workers' ? 1 : threads})`,
  );
  return page;
}

async function serve() {
  const dist = path.join(path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web')));
  const json = (tensor: Tensor) => ({
    ...tensor,
    shape: tensor.shape,
    data: [...(tensor.data as Float32Array)],
  });
  const files: Record<string, [type: string, body: () => string | Uint8Array]> = {
    '/': [
      'text/html',
      () => `<!doctype html><link rel="icon" href="data:,"><script type="module">${pageScript}</script>`,
    ],
    '/worker.js': ['text/javascript', () => workerScript],
    '/step.onnx': ['application/octet-stream', () => program.model],
    '/feeds.json': [
      'application/json',
      () =>
        JSON.stringify(Object.fromEntries(Object.entries(feeds).map(([name, each]) => [name, json(each)]))),
    ],
  };
  const server = createServer(({ url = '/' }, response) => {
    const [type, body] = files[url] ?? [
      url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript',
      () => readFileSync(path.join(dist, path.basename(url))),
    ];
    response.writeHead(200, {
      'content-type': type,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(body());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
