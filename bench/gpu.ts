/**
 * @file npm run bench:gpu: images per second of one training step on a GPU, beside PyTorch's on the same one, eager and
 * with AMP. docs/performance.md says what is measured.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadModel } from '../src/models/catalogue.js';
import { chooseDevice } from '../src/runtime/choose-device.js';
import { devices } from '../src/runtime/device.js';
import { measure } from './measure.js';
import { locate, networkNames } from './networks.js';
import { countOption, listOption } from './options.js';
import { findPeers, gpuPeerNames } from './peers.js';
import { main, temporaryFolder } from './process.js';
import { measuredMethodNames, type StepCase, writeStepData } from './step-case.js';
import { type Row, stepTable } from './step-table.js';
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
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  const { json, ...given } = values as { json?: string } & Partial<typeof defaults>;
  const options = { ...defaults, ...given };
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

  const folder = temporaryFolder();
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const network of chosen) {
    const located = await locate(network, folder, torch);
    if ('missing' in located) {
      notes.push(`${network} is left out: ${located.missing}`);
      continue;
    }
    const { features } = (await loadModel(located.path)).network;
    for (const method of methods) {
      const row = { network, method, size, batch, threads: 0 };
      // PyTorch wants a number; on a GPU it matters to neither.
      const stepCase: StepCase = { ...row, threads: 1, device, model: located.path, data: folder };
      await writeStepData(stepCase, features);
      const onRound = (round: number, speeds: readonly number[]) =>
        console.log(`  round ${round}: ${speeds.map((speed) => speed.toFixed(1)).join(', ')} img/s`);
      console.log(`${network} ${method}`);
      try {
        const measured = await measure(stepCase, { rounds, seconds, peers, onRound });
        rows.push({ ...row, measured });
        for (const { name, wrong } of measured.peers) {
          if (wrong)
            notes.push(`${name.endsWith(MIXED) ? 'as float16 may' : 'WRONG'}: ${network}, ${name}: ${wrong}`);
        }
      } catch (error) {
        notes.push(`${network} ${method} failed: ${(error as Error).message}`);
      }
    }
  }
  if (rows.length > 0) console.log(`\n${stepTable(rows)}`);
  for (const note of notes) console.log(`\n  ${note}`);
  if (json) await writeFile(json, JSON.stringify({ device: line, peers, rounds, rows, notes }, null, 2));
  if (rows.length === 0 || notes.some((note) => note.startsWith('WRONG'))) process.exitCode = 1;
});
