/** @file Who else takes the same steps, where it is installed. A new peer is a new row. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { node } from './process.js';
import { script } from './torch.js';

const run = promisify(execFile);

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Starts its engine, with the case as last argument; see engine.ts. */
  readonly command: readonly [string, ...string[]];
}

interface PythonCandidate {
  readonly name: string;
  readonly file: string;
  readonly flags?: readonly string[];
  /** Which interpreter has it, and Python that prints its version or fails. */
  readonly python: 'torch' | 'tensorflow';
  readonly check: string;
}

interface JsCandidate {
  readonly name: string;
  /** Gets the folder with the packages as its first argument. */
  readonly file: string;
  /** The first one's version is the peer's. */
  readonly packages: readonly [string, ...string[]];
}

type Candidate = PythonCandidate | JsCandidate;

const CUDA_CHECK =
  'import torch, torchvision, onnx; assert torch.cuda.is_available(), "no CUDA device"; print(torch.__version__)';

const candidates = {
  torch: {
    name: 'PyTorch',
    file: 'torch_step.py',
    python: 'torch',
    check: 'import torch, torchvision, onnx; print(torch.__version__)',
  },
  compile: {
    name: 'torch.compile',
    file: 'torch_step.py',
    flags: ['--compile'],
    python: 'torch',
    check:
      'import torch, shutil; assert shutil.which("g++"), "no g++"; torch.compile; print(torch.__version__)',
  },
  tensorflow: {
    name: 'TensorFlow',
    file: 'tensorflow_step.py',
    python: 'tensorflow',
    check: 'import tensorflow, onnx; print(tensorflow.__version__)',
  },
  tfjs: {
    name: 'TensorFlow.js',
    file: 'tfjs-step.ts',
    packages: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
  },
  'jax-js': {
    name: 'jax-js',
    file: 'jax-js-step.ts',
    packages: ['@jax-js/jax'],
  },
  cuda: {
    name: 'PyTorch on CUDA',
    file: 'torch_step.py',
    flags: ['--cuda'],
    python: 'torch',
    check: CUDA_CHECK,
  },
  amp: {
    name: 'PyTorch on CUDA, AMP',
    file: 'torch_step.py',
    flags: ['--cuda', '--amp'],
    python: 'torch',
    check: CUDA_CHECK,
  },
} as const satisfies Record<string, Candidate>;

export type PeerName = keyof typeof candidates;

export const peerNames = ['torch', 'compile', 'tensorflow', 'tfjs', 'jax-js'] as const satisfies PeerName[];
export const gpuPeerNames = ['cuda', 'amp', 'torch'] as const satisfies PeerName[];

/** Where to look: Python interpreters, and a folder with npm packages. */
export interface Places extends Readonly<Record<PythonCandidate['python'], string>> {
  readonly js?: string;
}

/** The peers that are here, and one line for each that is not. */
export async function findPeers(
  wanted: readonly PeerName[],
  places: Places,
): Promise<{ peers: Peer[]; missing: string[] }> {
  const peers: Peer[] = [];
  const missing: string[] = [];
  for (const each of wanted) {
    const candidate: Candidate = candidates[each];
    const found = await ('python' in candidate
      ? findPython(candidate, places[candidate.python])
      : findJs(candidate, places.js));
    if (typeof found === 'string') missing.push(`without ${candidate.name}: ${found}`);
    else peers.push({ name: candidate.name, ...found });
  }
  return { peers, missing };
}

/** With what a peer starts, or why it cannot. */
type Found = Omit<Peer, 'name'> | string;

async function findPython({ file, check, flags = [] }: PythonCandidate, interpreter: string): Promise<Found> {
  try {
    const { stdout } = await run(interpreter, ['-c', check]);
    return { version: stdout.trim(), command: [interpreter, script(file), ...flags] };
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    return stderr.trim().split('\n').at(-1) || message;
  }
}

async function findJs({ file, packages }: JsCandidate, folder: string | undefined): Promise<Found> {
  const install = `npm i ${packages.join(' ')}`;
  if (!folder) return `--js-peers names no folder in which you ran ${install}`;
  const versions = await Promise.all(packages.map((name) => versionIn(folder, name)));
  const absent = packages.filter((_, i) => versions[i] === undefined);
  if (absent.length > 0) return `${folder} has no ${absent.join(' and no ')}; run ${install} there`;
  return { version: versions[0]!, command: [...node, ...process.execArgv, script(file), folder] };
}

async function versionIn(folder: string, name: string): Promise<string | undefined> {
  try {
    const text = await readFile(path.join(folder, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return undefined;
  }
}
