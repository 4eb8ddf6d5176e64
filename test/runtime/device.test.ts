/** @file Which device is chosen, with a pretended look at the machine. */
import { expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { chooseDevice } from '../../src/runtime/choose-device.js';
import { type Device, type Gpu, onDevice, type Probed } from '../../src/runtime/device.js';

/** Looks that answer as told, and what was looked at. */
function pretend(answers: Partial<Record<Gpu, Probed>>) {
  const looks: string[] = [];
  const probe = async (gpu: Gpu, { measure }: { readonly measure: boolean }): Promise<Probed> => {
    looks.push(measure ? `${gpu} measured` : gpu);
    return answers[gpu] ?? { unavailable: 'not here' };
  };
  return { looks, probe };
}

test('without a GPU it is the CPU, and the line says why for each', async () => {
  const { probe } = pretend({ cuda: { unavailable: 'no libraries' } });
  expect(await chooseDevice('auto', probe)).toEqual({
    device: 'cpu',
    asked: false,
    line: 'the CPU (CUDA: no libraries; WebGPU: not here)',
  });
});

test('a GPU that is clearly faster is chosen, CUDA before WebGPU', async () => {
  const both = pretend({ cuda: { speed: 20 }, webgpu: { speed: 30 } });
  expect((await chooseDevice('auto', both.probe)).device).toBe('cuda');
  expect(both.looks).toEqual(['cuda measured']);

  const one = pretend({ webgpu: { speed: 7.31 } });
  expect(await chooseDevice('auto', one.probe)).toEqual({
    device: 'webgpu',
    asked: false,
    line: 'WebGPU, 7.3 times the CPU’s speed in a short measurement (CUDA: not here)',
  });
});

test.each([0.02, 0.9, 1.3])('at %d times the CPU’s speed a GPU is not chosen unasked', async (speed) => {
  const { device, line } = await chooseDevice('auto', pretend({ webgpu: { speed } }).probe);
  expect(device).toBe('cpu');
  expect(line).toContain(`WebGPU: only ${speed}`);
});

test('what is asked for is used however fast it is, and measured by nobody', async () => {
  const { probe, looks } = pretend({ webgpu: {} });
  expect(await chooseDevice('webgpu', probe)).toEqual({
    device: 'webgpu',
    asked: true,
    line: 'WebGPU, as asked',
  });
  expect(looks).toEqual(['webgpu']);
});

test('what is asked for and cannot be had is refused with the reason', async () => {
  await expect(chooseDevice('cuda', pretend({}).probe)).rejects.toThrow(
    '--device cuda cannot be used: not here; choose another of auto, cpu, webgpu, cuda',
  );
});

test('the CPU is nothing to look for', async () => {
  const { probe, looks } = pretend({});
  expect((await chooseDevice('cpu', probe)).device).toBe('cpu');
  expect(looks).toEqual([]);
});

/** Work that GPUs cannot do. */
const onlyOnCpu = (error: Error) => async (device: Device) => {
  if (device !== 'cpu') throw error;
  return 'done';
};

test('a GPU that nobody asked for gives way to the CPU when it fails, which is told', async () => {
  const told: string[] = [];
  const work = onlyOnCpu(new TransfuseError('device-failed', 'out of memory'));
  const unasked = { device: 'webgpu', asked: false } as const;
  expect(await onDevice(unasked, work, (why) => told.push(why))).toBe('done');
  expect(told).toEqual(['out of memory']);
  await expect(onDevice({ device: 'webgpu', asked: true }, work)).rejects.toThrow('out of memory');
  expect(await onDevice(undefined, work)).toBe('done');
});

test('what is not the GPU’s fault is not tried again', async () => {
  const work = onlyOnCpu(new Error('internal: a mistake'));
  await expect(onDevice({ device: 'webgpu', asked: false }, work)).rejects.toThrow('a mistake');
});
