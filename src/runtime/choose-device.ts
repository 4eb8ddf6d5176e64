/** @file Which device computes: what was asked for, or what is measured to be faster. */
import { TransfuseError } from '../errors.js';
import { type Device, type DeviceChoice, deviceNames, devices, type Gpu, type Probed } from './device.js';
import { probeDevice } from './probe-device.js';

/** From the one that is usually faster on. */
const gpus: readonly Gpu[] = ['cuda', 'webgpu'];

/** So much faster than the CPU a GPU must be to be chosen unasked: what it wins must outweigh copying and compiling. */
const WORTHWHILE = 1.5;

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
