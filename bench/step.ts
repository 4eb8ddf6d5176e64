/**
 * @file npm run bench: images per second and memory of one training step, beside those of PyTorch, torch.compile,
 * TensorFlow, TensorFlow.js and jax-js where these are installed. docs/performance.md says what exactly is measured.
 */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { convolutionCeiling } from './ceiling.js';
import { networkNames } from './networks.js';
import { countOption, countsOption, listOption, readOptions } from './options.js';
import { findPeers, peerNames } from './peers.js';
import { main } from './process.js';
import { disagreements, measureRows } from './rows.js';
import { measuredMethodNames } from './step-case.js';
import { overallRatios, stepTable } from './step-table.js';
import { findTorch } from './torch.js';

const HELP = `npm run bench -- [options]
  --networks LIST   of ${networkNames.join(',')} (all)
  --methods LIST    of ${measuredMethodNames.join(',')} (all)
  --size LIST       height and width in pixels (224)
  --batch IMAGES    (16)
  --rounds N        times that each engine has its turn (5)
  --seconds S       about how long a turn takes, at least one step (5)
  --threads N       of each engine (one per core)
  --peers LIST      of ${peerNames.join(',')} (all that are installed)
  --python COMMAND  the interpreter that has torch, torchvision and onnx (python3)
  --tf-python COMMAND  the interpreter that has tensorflow and onnx (python3)
  --js-peers FOLDER    where you ran npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm @jax-js/jax
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
  peers: peerNames.join(),
  python: 'python3',
  'tf-python': 'python3',
};
const quick = { networks: 'mobilenetv2', size: '96', batch: '8', rounds: '2', seconds: '1' };

await main(async () => {
  const options = readOptions(HELP, defaults, { others: ['json', 'js-peers'], quick });
  if (!options) return;
  const chosen = listOption('networks', options.networks, networkNames);
  const methods = listOption('methods', options.methods, measuredMethodNames);
  const sizes = countsOption('size', options.size);
  const [batch, rounds, seconds, threads] = (['batch', 'rounds', 'seconds', 'threads'] as const).map((name) =>
    countOption(name, options[name]),
  );

  const found = await findTorch(options.python);
  const torch = 'missing' in found ? undefined : found;
  const { peers, missing } = await findPeers(listOption('peers', options.peers, peerNames), {
    torch: options.python,
    tensorflow: options['tf-python'],
    js: options['js-peers'],
  });
  for (const line of missing) console.log(line);
  const beside = peers.map(({ name, version }) => `${name} ${version}`).join(', ');
  console.log(
    beside
      ? `beside ${beside}, ${threads} threads each where they take more than one`
      : 'only ours is measured',
  );

  const ceiling = await convolutionCeiling(threads);
  const { kernel, channels, size } = ceiling;
  console.log(
    `convolutions of this machine reach ${(ceiling.flops / 1e9).toFixed(0)} GFLOP/s ` +
      `(${kernel}×${kernel}, ${channels} channels, ${size}×${size})`,
  );

  const { rows, notes } = await measureRows({
    networks: chosen,
    methods,
    sizes,
    batch,
    threads,
    rounds,
    seconds,
    peers,
    torch,
  });
  const wrong = disagreements(rows);

  if (rows.length > 0) console.log(`\n${stepTable(rows, ceiling.flops)}`);
  for (const line of overallRatios(rows)) console.log(`  ${line}`);
  for (const note of [...notes, ...wrong.map(({ line }) => `WRONG: ${line}`)]) console.log(`\n  ${note}`);
  const { json } = options;
  if (json) {
    const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version };
    await writeFile(json, JSON.stringify({ machine, ceiling, peers, rounds, rows, notes }, null, 2));
  }
  if (rows.length === 0 || wrong.length > 0) process.exitCode = 1;
});
