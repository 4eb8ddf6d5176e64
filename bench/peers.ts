/** @file Who else takes the same steps, where it is installed. A new peer is a new row. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { script } from './torch.js';

const run = promisify(execFile);

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Starts its engine, with the case as last argument; see engine.ts. */
  readonly command: readonly [string, ...string[]];
}

interface Candidate {
  readonly name: string;
  readonly file: string;
  readonly flags?: readonly string[];
  /** Which interpreter has it, and Python that prints its version or fails. */
  readonly python: 'torch' | 'tensorflow';
  readonly check: string;
}

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

export const peerNames = ['torch', 'compile', 'tensorflow'] as const satisfies PeerName[];
export const gpuPeerNames = ['cuda', 'amp', 'torch'] as const satisfies PeerName[];

/** The peers that are here, and one line for each that is not. */
export async function findPeers(
  wanted: readonly PeerName[],
  interpreters: Readonly<Record<Candidate['python'], string>>,
): Promise<{ peers: Peer[]; missing: string[] }> {
  const peers: Peer[] = [];
  const missing: string[] = [];
  for (const each of wanted) {
    const { name, file, python, check, flags = [] }: Candidate = candidates[each];
    const command = interpreters[python];
    try {
      const { stdout } = await run(command, ['-c', check]);
      peers.push({ name, version: stdout.trim(), command: [command, script(file), ...flags] });
    } catch (error) {
      const { stderr = '', message } = error as Error & { stderr?: string };
      missing.push(`without ${name}: ${stderr.trim().split('\n').at(-1) || message}`);
    }
  }
  return { peers, missing };
}
