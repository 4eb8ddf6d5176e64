/**
 * @file What it costs to have batch norm's scale and centre as inputs, by form and by images per run: the measurement
 * behind `src/server/shared-model.ts` and `engine.ts`. CPU time of one thread, so that a busy machine hardly disturbs it.
 * node --import ./scripts/register-typescript.mjs bench/serve-forms.ts [--model M] [--size 224] [--images 1,8] [--seconds 20]
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../src/cli/table.js';
import { Graph, type Value } from '../src/graph/graph.js';
import { add } from '../src/graph/ops/add.js';
import { BatchNormalization } from '../src/graph/ops/batch-normalization.js';
import { channelAffine } from '../src/graph/ops/channel-affine.js';
import { mul } from '../src/graph/ops/mul.js';
import { reshape } from '../src/graph/ops/reshape.js';
import { rewrite } from '../src/graph/rewrite.js';
import { preprocess } from '../src/models/preprocessing.js';
import { encodeOnnx } from '../src/onnx/encode.js';
import { onnxFromGraph } from '../src/onnx/from-graph.js';
import { createSession } from '../src/runtime/session.js';
import { countOption } from './options.js';
import { main } from './process.js';
import { type Bench, drawAdapter, openBench } from './serve-adapters.js';

/** Batch norm of `x` [N,C,H,W] with inputs of the given shape; how many rows of C these have. */
interface Form {
  readonly rows: (images: number) => number;
  apply(graph: Graph, x: Value, scale: Value, centre: Value): Value;
}

const forms: Readonly<Record<string, Form>> = {
  'one scale per run': {
    rows: () => 1,
    apply: (graph, x, scale, centre) => channelAffine(graph, x, scale, centre),
  },
  'one per image, as one image of N·C channels': {
    rows: (images) => images,
    apply(graph, x, scale, centre) {
      const wide = reshape(graph, x, [1, x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);
      return reshape(graph, channelAffine(graph, wide, scale, centre), x.shape);
    },
  },
  'one per image, by Mul and Add': {
    rows: (images) => images,
    apply(graph, x, scale, centre) {
      const shape = [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)];
      return add(graph, mul(graph, x, reshape(graph, scale, shape)), reshape(graph, centre, shape));
    },
  },
};

const CONSTANTS = 'constants';

async function prepare(
  bench: Bench,
  images: number,
  form: Form | undefined,
): Promise<() => Promise<unknown>> {
  const { size, base } = bench;
  const original = new Graph();
  const pixels = original.input('image', { dtype: 'uint8', shape: [images, size, size, 3] });
  const planes = preprocess(original, pixels, drawAdapter(bench, 1).preprocessing);
  const options = { batch: images, height: size, width: size, statistics: 'frozen' } as const;
  original.output('features', base.network.build(original, planes, options).features);
  const graph = form
    ? rewrite(original, (copy, { op }, [x, ...rest]) => {
        if (op !== BatchNormalization) return undefined;
        const type = { dtype: 'float32', shape: [form.rows(images) * rest[0]!.shape[0]!] } as const;
        const [scale, centre] = ['scale', 'centre'].map((name) =>
          copy.input(`${name}${copy.inputs.size}`, type),
        );
        return [form.apply(copy, x!, scale!, centre!)];
      })
    : original;
  const session = await createSession(encodeOnnx(onnxFromGraph(graph)), { threads: 1 });
  const feeds = [...graph.inputs].map(([name, { dtype, shape }]) => {
    const length = shape.reduce((product, n) => product * n, 1);
    const data = dtype === 'uint8' ? new Uint8Array(length).fill(90) : new Float32Array(length).fill(1);
    return [name, { dtype, shape, data }] as const;
  });
  return () => session.run(Object.fromEntries(feeds));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

await main(async () => {
  const model = path.resolve(process.env.TRANSFUSE_DATA ?? '../shared', 'weights/mobilenetv2-imagenet.onnx');
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: model },
      size: { type: 'string', default: '224' },
      images: { type: 'string', default: '1,8' },
      seconds: { type: 'string', default: '20' },
    },
  });
  const bench = await openBench(values.model, countOption('size', values.size));
  for (const images of values.images.split(',').map((text) => countOption('images', text))) {
    const cases: { name: string; run: () => Promise<unknown>; times: number[] }[] = [];
    for (const [name, form] of [[CONSTANTS, undefined] as const, ...Object.entries(forms)]) {
      cases.push({ name, run: await prepare(bench, images, form), times: [] });
    }
    for (const { run } of cases) await run();
    const end = performance.now() + countOption('seconds', values.seconds) * 1000;
    do {
      for (const { run, times } of cases) {
        const began = cpuMs();
        await run();
        times.push((cpuMs() - began) / images);
      }
    } while (performance.now() < end);
    const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!;
    const constants = median(cases[0]!.times);
    const rows = cases.map(({ name, times }) => {
      const ms = median(times);
      return [name, ms.toFixed(2), (ms / constants).toFixed(2)];
    });
    console.log(`${bench.base.network.name}, ${values.size} × ${values.size}, ${images} images per run`);
    console.log(table([['form', 'CPU ms per image', 'of constants'], ...rows]));
  }
});
