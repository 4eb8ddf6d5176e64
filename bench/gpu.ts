/**
 * @file npm run bench:gpu: images per second of one training step on a GPU, beside PyTorch's on the same one, eager and
 * with AMP. docs/performance.md says what is measured.
 */
import { writeFile } from 'node:fs/promises';
import { chooseDevice } from '../src/runtime/choose-device.js';
import { devices } from '../src/runtime/device.js';
import { networkNames } from './networks.js';
import { countOption, listOption, readOptions } from './options.js';
import { findPeers, gpuPeerNames } from './peers.js';
import { main } from './process.js';
import { disagreements, measureRows } from './rows.js';
import { measuredMethodNames } from './step-case.js';
import { stepTable } from './step-table.js';
import { findTorch } from './torch.js';

const HELP = `npm run bench:gpu -- [options]
  --device NAME     of auto,${devices.join(',')} (auto)
  --networks LIST   of ${networkNames.join(',')} (all)
  --methods LIST    of ${measuredMethodNames.join(',')} (all)
  --size PIXELS     height and width (224)
  --batch IMAGES    (32)
  --rounds N        times that each engine has its turn (5)
  --seconds S       about how long a turn takes, at least one step (5)
  --peers LIST      of ${gpuPeerNames.join(',')} (cuda,amp); torch is PyTorch on the CPU
  --python COMMAND  the interpreter that has torch, torchvision and onnx (python3)
  --json FILE       writes every figure there`;

const defaults = {
  device: 'auto',
  networks: networkNames.join(),
  methods: measuredMethodNames.join(),
  size: '224',
  batch: '32',
  rounds: '5',
  seconds: '5',
  peers: 'cuda,amp',
  python: 'python3',
};

/** What this peer computes in float16 may differ by more than rounding of float32 explains. */
const MIXED = 'AMP';

await main(async () => {
  const options = readOptions(HELP, defaults, { others: ['json'] });
  if (!options) return;
  const [wanted] = listOption('device', options.device, ['auto', ...devices] as const);
  const chosen = listOption('networks', options.networks, networkNames);
  const methods = listOption('methods', options.methods, measuredMethodNames);
  const [size, batch, rounds, seconds] = (['size', 'batch', 'rounds', 'seconds'] as const).map((name) =>
    countOption(name, options[name]),
  );

  const { device, line } = await chooseDevice(wanted);
  console.log(`computing on ${line}`);
  const found = await findTorch(options.python);
  const torch = 'missing' in found ? undefined : found;
  const { peers, missing } = await findPeers(listOption('peers', options.peers, gpuPeerNames), {
    torch: options.python,
    tensorflow: options.python,
  });
  for (const why of missing) console.log(why);

  // PyTorch wants a number of threads; on a GPU it matters to neither.
  const { rows, notes } = await measureRows({
    networks: chosen,
    methods,
    sizes: [size],
    batch,
    threads: 1,
    device,
    rounds,
    seconds,
    peers,
    torch,
  });
  const differing = disagreements(rows);
  const wrong = differing.filter(({ peer }) => !peer.endsWith(MIXED));
  if (rows.length > 0) console.log(`\n${stepTable(rows)}`);
  for (const note of notes) console.log(`\n  ${note}`);
  for (const each of differing)
    console.log(`\n  ${wrong.includes(each) ? 'WRONG' : 'as float16 may'}: ${each.line}`);
  const { json } = options;
  if (json) await writeFile(json, JSON.stringify({ device: line, peers, rounds, rows, notes }, null, 2));
  if (rows.length === 0 || wrong.length > 0) process.exitCode = 1;
});
