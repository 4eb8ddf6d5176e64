/**
 * @file Predictions beside plain ONNX Runtime on the same exported model, both on pixels that lie ready: in turn, in one
 * process, the answers compared.
 *
 *     node --import ./scripts/register-typescript.mjs bench/predict.ts [--model FILE]
 */
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { applyAdapter } from '../src/adapter/apply.js';
import { createPredictor } from '../src/adapter/predict.js';
import { table } from '../src/cli/table.js';
import { countOption, countsOption, readOptions } from './options.js';
import { main } from './process.js';
import { drawAdapter, mergedModel, openBench } from './serve-adapters.js';
import { stepImages } from './step-case.js';

const HELP = `bench/predict.ts [options]
  --model MODEL    as train takes it (mobilenetv2-imagenet.onnx below TRANSFUSE_DATA/weights)
  --size PIXELS    height and width (224)
  --images N       that each predicts in a turn (128)
  --batch LIST     images that plain ONNX Runtime is given at a time (1,8,32)
  --rounds N       turns of each (5)`;

const defaults = {
  model: path.resolve(process.env.TRANSFUSE_DATA ?? '../shared', 'weights/mobilenetv2-imagenet.onnx'),
  size: '224',
  images: '128',
  batch: '1,8,32',
  rounds: '5',
};

await main(async () => {
  const options = readOptions(HELP, defaults);
  if (!options) return;
  const [size, images, rounds] = (['size', 'images', 'rounds'] as const).map((name) =>
    countOption(name, options[name]),
  );
  const batches = countsOption('batch', options.batch);

  const bench = await openBench(options.model, size);
  const adapter = drawAdapter(bench, 1);
  const predictor = await createPredictor(applyAdapter(bench.base.network, adapter));
  const plain = await ort.InferenceSession.create(mergedModel(bench));
  const pixels = stepImages(images, size);

  const ours = async () => [...(await predictor.predict(pixels, images))];
  const theirs = (batch: number) => async (): Promise<number[]> => {
    const found: number[] = [];
    for (let from = 0; from < images; from += batch) {
      const count = Math.min(batch, images - from);
      const data = pixels.subarray(from * size * size * 3, (from + count) * size * size * 3);
      const image = new ort.Tensor('uint8', data, [count, size, size, 3]);
      found.push(...((await plain.run({ image })).probabilities!.data as Float32Array));
    }
    return found;
  };

  const engines = [ours, ...batches.map(theirs)];
  const answers: number[][] = [];
  for (const engine of engines) answers.push(await engine());
  const speeds: number[][] = engines.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, engine] of engines.entries()) {
      const began = performance.now();
      await engine();
      speeds[i]!.push((1000 * images) / (performance.now() - began));
    }
  }
  await predictor.close();
  await plain.release();

  const middle = (numbers: readonly number[]) =>
    [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
  const off = (found: readonly number[]) =>
    Math.max(...found.map((probability, i) => Math.abs(probability - answers[0]![i]!)));
  console.log(
    table([
      ['engine', 'images/s', 'our speed to its (range)', 'largest difference'],
      ...speeds.map((found, i) => {
        const ratios = speeds[0]!.map((speed, round) => speed / found[round]!);
        const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
        return [
          i === 0 ? 'transfuse' : `ONNX Runtime, ${batches[i - 1]} at a time`,
          middle(found).toFixed(1),
          i === 0 ? '' : `${middle(ratios).toFixed(2)} (${least}–${most})`,
          off(answers[i]!).toExponential(0),
        ];
      }),
    ]),
  );
});
