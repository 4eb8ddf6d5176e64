/**
 * @file What a Keras classifier with its own top says of photographs, as a check by eye that real weights were read right:
 *
 *   node --import ./scripts/register-typescript.mjs bench/photographs.ts CLASSIFIER.h5 NAMES.json PHOTOGRAPH...
 *
 * NAMES.json is a list of the classes' names. The top is the file's last 1×1 convolution or dense layer.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeImage } from '../src/data/decode.js';
import { resizeBilinear } from '../src/data/resize.js';
import { Graph } from '../src/graph/graph.js';
import { loadModel } from '../src/models/catalogue.js';
import { parsePreprocessing, preprocess } from '../src/models/preprocessing.js';
import { encodeOnnx } from '../src/onnx/encode.js';
import { onnxFromGraph } from '../src/onnx/from-graph.js';
import { createSession } from '../src/runtime/session.js';
import { openWeights } from '../src/weights/open.js';

const SHOWN = 3;

const [classifier, namesFile, ...photographs] = process.argv.slice(2) as [string, string, ...string[]];
const names: string[] = JSON.parse(await readFile(namesFile, 'utf8'));

const { network, preprocess: preprocessing, size } = await loadModel(classifier);
const weights = (await openWeights(classifier))!;
const top = weights.layers.findLast((layer) => layer.weights.length === 2)!.weights;
const [kernel, bias] = await Promise.all(top.map((weight) => weight.read()));
await weights.close();

const graph = new Graph();
const pixels = graph.input('pixels', { dtype: 'uint8', shape: [1, size, size, 3] });
const images = preprocess(graph, pixels, parsePreprocessing(preprocessing));
const built = network.build(graph, images, { batch: 1, height: size, width: size, statistics: 'frozen' });
graph.output('features', built.features);
const session = await createSession(encodeOnnx(onnxFromGraph(graph)));

for (const photograph of photographs) {
  const data = resizeBilinear(await decodeImage(photograph), size, size);
  const { features } = await session.run({ pixels: { dtype: 'uint8', shape: [1, size, size, 3], data } });
  const logits = names.map((_, i) =>
    Array.from(features!.data as Float32Array).reduce(
      (sum, feature, j) => sum + feature * kernel![j * names.length + i]!,
      bias![i]!,
    ),
  );
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const best = logits
    .map((logit, i) => ({ name: names[i]!, probability: Math.exp(logit) / total }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, SHOWN);
  const said = best.map(({ name, probability }) => `${name} ${(100 * probability).toFixed(0)} %`);
  process.stdout.write(`${path.basename(photograph)}: ${said.join(', ')}\n`);
}
await session.release();
