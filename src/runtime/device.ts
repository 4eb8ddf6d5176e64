/** @file What can compute: the processor, or a graphics processor through one of two interfaces; and which is chosen. */
import { TransfuseError } from '../errors.js';
import { probeDevice } from './probe-device.js';

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

/** From the one that is usually faster on. */
const gpus: readonly Gpu[] = ['cuda', 'webgpu'];

/** So much faster than the CPU a GPU must be to be chosen unasked: what it wins must outweigh copying and compiling. */
const WORTHWHILE = 1.5;

export const deviceNames: Record<Device, string> = { cpu: 'the CPU', webgpu: 'WebGPU', cuda: 'CUDA' };

/**
 * Chooses what computes: what was asked for, or with `auto` the first GPU that a short measurement finds to be clearly
 * faster than the CPU.
 * @param probe looks at one GPU, measuring it where told to; it must not throw
 * @throws TransfuseError `device-unavailable` where a GPU that was asked for cannot be used
 */
export async function chooseDevice(
  wanted: 'auto' | Device,
  probe: (gpu: Gpu, options: { readonly measure: boolean }) => Promise<Probed> = probeDevice,
): Promise<DeviceChoice> {
  if (wanted === 'cpu') return { device: 'cpu', asked: true, line: 'the CPU, as asked' };
  if (wanted !== 'auto') {
    const probed = await probe(wanted, { measure: false });
    if (!('unavailable' in probed)) {
      return { device: wanted, asked: true, line: `${deviceNames[wanted]}, as asked` };
    }
    throw new TransfuseError(
      'device-unavailable',
      `--device ${wanted} cannot be used: ${probed.unavailable}; choose another of auto, ${devices.join(', ')}`,
    );
  }
  const reasons: string[] = [];
  for (const gpu of gpus) {
    const probed = await probe(gpu, { measure: true });
    if ('unavailable' in probed) {
      reasons.push(`${deviceNames[gpu]}: ${probed.unavailable}`);
      continue;
    }
    const speed = `${(probed.speed ?? 0).toPrecision(2)} times the CPU’s speed in a short measurement`;
    const because = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
    if ((probed.speed ?? 0) >= WORTHWHILE) {
      return { device: gpu, asked: false, line: `${deviceNames[gpu]}, ${speed}${because}` };
    }
    reasons.push(`${deviceNames[gpu]}: only ${speed}`);
  }
  return { device: 'cpu', asked: false, line: `the CPU (${reasons.join('; ')})` };
}

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
