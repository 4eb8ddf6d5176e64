/** @file The other process of probe-device.ts. */
import { measureStep } from './measure-step.js';
import type { ProbeAnswer, ProbeRequest } from './probe-device.js';

process.once('message', async ({ gpu, measure }: ProbeRequest) => {
  const answer = await probe(gpu, measure).catch((error: Error): ProbeAnswer => ({ error: error.message }));
  process.send!(answer);
});

/** 0.5 GFLOP forward per image. */
const likeTraining = { pixels: 112, channels: 64 };
const tiny = { images: 1, pixels: 16, channels: 8 };
/** With one image. Where a GPU is so many times slower than the CPU, more images need not be tried. */
const HOPELESS = 0.1;

async function probe(gpu: ProbeRequest['gpu'], measure: boolean): Promise<ProbeAnswer> {
  await measureStep(gpu, tiny);
  if (!measure) return {};
  const speed = async (images: number) => {
    const [onCpu, onGpu] = [
      await measureStep('cpu', { images, ...likeTraining }),
      await measureStep(gpu, { images, ...likeTraining }),
    ];
    return onCpu / onGpu;
  };
  const alone = await speed(1);
  return { speed: alone < HOPELESS ? alone : await speed(8) };
}
