/** @file Whether a GPU can be used, found out in a process of its own: a driver that crashes ends only that. */
import './no-telemetry.js';
import './full-precision.js';
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { Gpu, Probed } from './device.js';

/** What the other process is told, and what it answers. */
export interface ProbeRequest {
  readonly gpu: Gpu;
  readonly measure: boolean;
}

export type ProbeAnswer = { readonly error: string } | { readonly speed?: number };

/** An adapter in software needs minutes for what takes a real one, its driver's compiler included, a second or two. */
const MEASURING_SECONDS = 15;
const STARTING_SECONDS = 300;

/**
 * Starts a small step of training on the GPU, and where `measure` is true compares its time with the CPU's. Where Linux
 * shows no graphics device at all, nothing is started to measure.
 */
export async function probeDevice(gpu: Gpu, { measure }: { readonly measure: boolean }): Promise<Probed> {
  if (measure && !isVisible(gpu)) return { unavailable: 'no such device is visible' };
  const answer = await askChild({ gpu, measure }, measure ? MEASURING_SECONDS : STARTING_SECONDS);
  return 'error' in answer ? { unavailable: inWords(answer.error) } : answer;
}

/** Whether there may be such a device; outside Linux there always may. */
function isVisible(gpu: Gpu): boolean {
  if (process.platform !== 'linux') return gpu === 'webgpu';
  const nodes = [...entries('/dev'), ...entries('/dev/dri')];
  // Windows' own Linux shows all its devices as dxg.
  return nodes.some((name) => /^nvidia\d|^dxg$/.test(name) || (gpu === 'webgpu' && /^renderD/.test(name)));
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function askChild(request: ProbeRequest, seconds: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const entry = new URL(import.meta.url.replace(/\.([jt]s)$/, '.process.$1'));
    // What drivers print is no news for the user.
    const child = fork(entry, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const timer = setTimeout(() => {
      resolve({ error: `it took more than ${seconds} s for a small step` });
      child.kill('SIGKILL');
    }, seconds * 1000);
    child.on('message', (answer: ProbeAnswer) => {
      resolve(answer);
      child.kill('SIGKILL');
    });
    child.on('error', ({ message }) => resolve({ error: message }));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve({ error: `its driver ended the process (${signal ?? code})` });
    });
    child.send(request);
  });
}

/** What ONNX Runtime says, as far as a user can do something about it. */
function inWords(error: string): string {
  if (/Failed to load shared library|providers_(shared|cuda)/.test(error)) {
    return 'ONNX Runtime’s CUDA libraries are not installed (ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false fetches them; they need CUDA 12 and cuDNN 9)';
  }
  if (/Failed to get a WebGPU adapter/.test(error)) return 'there is no graphics driver that it can use';
  if (/is unsupported|not supported in this build/.test(error)) {
    return `this build of ONNX Runtime does not have it (${process.platform}, ${process.arch})`;
  }
  return error.split('\n')[0]!.slice(0, 200);
}
