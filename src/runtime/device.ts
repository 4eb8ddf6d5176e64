/** @file What can compute: the processor, or a graphics processor through one of two interfaces. */
import { TransfuseError } from '../errors.js';

export const devices = ['cpu', 'webgpu', 'cuda'] as const;

export type Device = (typeof devices)[number];

export type Gpu = Exclude<Device, 'cpu'>;

/** Whether a GPU can be used, and how it compares. */
export type Probed =
  | { readonly unavailable: string }
  /** How many times as fast as the CPU in a short measurement; absent where none was asked for. */
  | { readonly speed?: number };

export interface DeviceChoice {
  readonly device: Device;
  /** Whether the user asked for this very device: then nothing else takes its place. */
  readonly asked: boolean;
  /** What is used and why, and why nothing else; one line without a full stop. */
  readonly line: string;
}

export const deviceNames: Record<Device, string> = { cpu: 'the CPU', webgpu: 'WebGPU', cuda: 'CUDA' };

/**
 * Does some work on the chosen device, the CPU by default; and on the CPU where a GPU that nobody asked for fails.
 * @param onFallback told why
 */
export async function onDevice<Result>(
  { device, asked }: Pick<DeviceChoice, 'device' | 'asked'> = { device: 'cpu', asked: true },
  work: (device: Device) => Promise<Result>,
  onFallback?: (why: string) => void,
): Promise<Result> {
  try {
    return await work(device);
  } catch (error) {
    const failed = error instanceof TransfuseError && error.code.startsWith('device-');
    if (asked || device === 'cpu' || !failed) throw error;
    onFallback?.(error.message);
    return work('cpu');
  }
}
