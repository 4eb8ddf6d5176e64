/**
 * @file npm run bench:serve: images per second and waiting times of `transfuse serve` with 1 to 64 adapters, beside
 * plain ONNX Runtime with one merged model; memory per adapter; and a load that is held while adapters come and go.
 */
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../src/cli/table.js';
import { startLanes } from '../src/runtime/lanes.js';
import { countOption, countsOption, readOptions } from './options.js';
import { main } from './process.js';
import { type Bench, drawAdapterFile, drawJpeg, mergedModel, openBench } from './serve-adapters.js';
import { load, type RunningServer, startServer } from './serve-load.js';

const HELP = `npm run bench:serve -- [options]
  --model MODEL     as train takes it (mobilenetv2-imagenet.onnx below TRANSFUSE_DATA/weights)
  --size PIXELS     height and width (224)
  --adapters LIST   how many (1,4,16,64)
  --requests N      at a time (4 per core)
  --seconds S       of each measurement (10)
  --minutes M       then holds that load for so long while adapters come and go (0: not at all)`;

const defaults = {
  model: path.resolve(process.env.TRANSFUSE_DATA ?? '../shared', 'weights/mobilenetv2-imagenet.onnx'),
  size: '224',
  adapters: '1,4,16,64',
  requests: String(4 * os.availableParallelism()),
  seconds: '10',
  minutes: '0',
};

await main(async () => {
  const options = readOptions(HELP, defaults);
  if (!options) return;
  const [size, requests, seconds] = (['size', 'requests', 'seconds'] as const).map((name) =>
    countOption(name, options[name]),
  ) as [number, number, number];
  const counts = countsOption('adapters', options.adapters);
  const bench = await openBench(options.model, size);
  const image = await drawJpeg(bench);
  console.log(
    `${bench.base.network.name}, ${size} × ${size}, ${os.availableParallelism()} cores, load ${os.loadavg()[0]!.toFixed(1)}`,
  );

  const plain = await plainRuntime(bench, seconds);
  console.log(`plain ONNX Runtime, one merged model, pixels ready: ${plain.toFixed(1)} images/s\n`);

  const limits = ['--per-client', '100000', '--max-adapters', '100000'];
  const server = await startServer(['--base', options.model, ...limits], requests + 2);
  try {
    const rows: (string | number)[][] = [
      ['adapters', 'images/s', 'of plain', 'p50 ms', 'p99 ms', 'errors', 'memory MB'],
    ];
    const names: string[] = [];
    const memory: number[] = [];
    for (const count of counts) {
      while (names.length < count) {
        names.push(`a${names.length}`);
        await server.add(names.at(-1)!, drawAdapterFile(bench, names.length));
      }
      await load(server.pool, { image, adapters: names, requests, seconds: Math.min(2, seconds) });
      const result = await load(server.pool, { image, adapters: names, requests, seconds });
      memory.push(await server.memory());
      rows.push([
        count,
        result.imagesPerSecond.toFixed(1),
        (result.imagesPerSecond / plain).toFixed(2),
        result.p50.toFixed(0),
        result.p99.toFixed(0),
        [...result.errors.values()].reduce((sum, n) => sum + n, 0),
        memory.at(-1)!.toFixed(0),
      ]);
    }
    console.log(table(rows));
    if (counts.length > 1) {
      const each = (memory.at(-1)! - memory[0]!) / (counts.at(-1)! - counts[0]!);
      console.log(`\nmemory per adapter: ${each.toFixed(2)} MB`);
    }
    const minutes = Number(options.minutes);
    if (minutes > 0) await hold(server, bench, { image, adapters: names, requests, seconds: minutes * 60 });
  } finally {
    await server.close();
  }
});

/** Images per second through as many lanes as cores, eight at a time, as prediction runs the exported model. */
async function plainRuntime(bench: Bench, seconds: number): Promise<number> {
  const { size } = bench;
  const images = 8;
  const lanes = await startLanes([{ model: mergedModel(bench) }]);
  const data = new Uint8Array(images * size * size * 3).fill(90);
  const feeds = { image: { dtype: 'uint8', shape: [images, size, size, 3], data } } as const;
  await Promise.all(Array.from({ length: lanes.count }, () => lanes.run(0, feeds)));
  let done = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: lanes.count }, async () => {
      while (performance.now() - began < seconds * 1000) {
        await lanes.run(0, feeds);
        done += images;
      }
    }),
  );
  const rate = (done / (performance.now() - began)) * 1000;
  await lanes.close();
  return rate;
}

/** Fails where anything is answered with an error, or where memory is larger in the last third than in the second. */
async function hold(server: RunningServer, bench: Bench, options: Parameters<typeof load>[1]): Promise<void> {
  const { seconds } = options;
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const samples: { at: number; memory: number }[] = [];
  let changes = 0;
  async function change(): Promise<void> {
    for (; elapsed() < seconds; changes++) {
      await server.add('guest', drawAdapterFile(bench, 1000 + changes));
      await load(server.pool, { ...options, adapters: ['guest'], requests: 1, seconds: 0.5 });
      await server.remove('guest');
    }
  }
  async function watch(): Promise<void> {
    while (elapsed() < seconds) {
      samples.push({ at: elapsed() / seconds, memory: await server.memory() });
      await sleep(Math.min(5, seconds / 30) * 1000);
    }
  }
  const [result] = await Promise.all([load(server.pool, options), change(), watch()]);
  const mean = (from: number, to: number) => {
    const part = samples.filter(({ at }) => at >= from && at < to).map(({ memory }) => memory);
    return part.reduce((sum, memory) => sum + memory, 0) / part.length;
  };
  const [second, third] = [mean(1 / 3, 2 / 3), mean(2 / 3, 1)];
  console.log(
    `\nheld for ${(seconds / 60).toFixed(1)} min: ${result.imagesPerSecond.toFixed(1)} images/s, p50 ${result.p50.toFixed(0)} ms, p99 ${result.p99.toFixed(0)} ms; ` +
      `${changes} adapters added and removed; memory ${second.toFixed(0)} MB in the second third, ${third.toFixed(0)} MB in the last`,
  );
  for (const [error, n] of result.errors) console.log(`${n} × ${error}`);
  if (result.errors.size > 0) throw new Error('there were errors');
  if (third > second * 1.05) throw new Error('memory grew by more than a twentieth');
}
