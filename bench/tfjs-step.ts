/**
 * @file TensorFlow.js's side of the benchmark: takes training steps when asked to. On WebAssembly it has no kernels for
 * the gradients of a depthwise convolution, nor for those of any kernel. The gradient of a depthwise convolution's input
 * is written here with what there is; full fine-tuning takes the plain JavaScript backend, which has them all.
 *
 *     tfjs-step.ts FOLDER CASE
 */
import { givenCase, importFrom, type JsTraining, readStepData, serveTraining } from './js-answers.js';
import { type JsNode, type JsOperator, readJsNetwork } from './js-network.js';
import { LEARNING_RATE } from './step-case.js';
import type { Tf, TfTensor, TfVariable } from './tfjs.js';

const folder = process.argv[2]!;
const stepCase = givenCase();
const tf = (await importFrom(folder, '@tensorflow/tfjs').then(
  (module) => (module as { default: Tf }).default,
)) as Tf;
await importFrom(folder, '@tensorflow/tfjs-backend-wasm');
const backend = stepCase.method === 'full' ? 'cpu' : 'wasm';
// Without its checks for NaN.
tf.enableProdMode();
await tf.setBackend(backend);
await tf.ready();

const MEAN = tf.tensor([0.485, 0.456, 0.406]).mul(255);
const STD = tf.tensor([0.229, 0.224, 0.225]).mul(255);

type Weights = ReadonlyMap<string, TfTensor>;

/** Images and values are [N,H,W,C] here, kernels [H,W,in,out], depthwise ones [H,W,C,1]. */
const operators: Record<
  JsOperator,
  (node: JsNode, inputs: readonly TfTensor[], weights: Weights) => TfTensor
> = {
  Conv: convolution,
  BatchNormalization({ weights: names, epsilon }, [x], weights) {
    const [scale, centre, mean, variance] = names.map((name) => weights.get(name)!);
    const factor = scale!.mul(variance!.add(epsilon).rsqrt());
    return x!.mul(factor).add(centre!.sub(mean!.mul(factor)));
  },
  Relu: (_, [x]) => x!.relu(),
  Add: (_, [a, b]) => a!.add(b!),
  Mul: (_, [a, b]) => a!.mul(b!),
  Sigmoid: (_, [x]) => x!.sigmoid(),
  GlobalAveragePool: (_, [x]) => x!.mean([1, 2], true),
};

function convolution(node: JsNode, [x]: readonly TfTensor[], weights: Weights): TfTensor {
  const { strides, groups } = node;
  const [kernel, bias] = node.weights.map((name) => weights.get(name)!);
  const [n, height, width, channels] = x!.shape as [number, number, number, number];
  const [top, left, bottom, right] = node.padding([height, width]);
  const edges = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as const;
  const padded = top + left + bottom + right > 0 ? tf.pad(x!, edges) : x!;
  const isPointwise = kernel!.shape[0] === 1 && kernel!.shape[1] === 1 && strides[0] === 1 && groups === 1;
  const filters = kernel!.shape[3]!;
  const y = isPointwise
    ? padded
        .reshape([n * height * width, channels])
        .matMul(kernel!.reshape([channels, filters]))
        .reshape([n, height, width, filters])
    : groups === 1
      ? tf.conv2d(padded, kernel!, strides, 'valid')
      : backend === 'wasm'
        ? depthwise(padded, kernel!, strides)
        : tf.depthwiseConv2d(padded, kernel!, strides, 'valid');
  return bias ? y.add(bias) : y;
}

/** With a gradient for its input only: a convolution of the output's, moved apart by the stride, with the turned kernel. */
function depthwise(x: TfTensor, kernel: TfTensor, strides: readonly [number, number]): TfTensor {
  const [, height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = kernel.shape as [number, number];
  return tf.customGrad((input) => ({
    value: tf.depthwiseConv2d(input, kernel, strides, 'valid'),
    gradFunc: (dy) => {
      const spread = spreadOut(dy, strides);
      const [, down, across] = spread.shape as [number, number, number, number];
      const met = tf.pad(spread, [
        [0, 0],
        [rows - 1, height - down],
        [columns - 1, width - across],
        [0, 0],
      ]);
      return tf.depthwiseConv2d(met, tf.reverse(kernel, [0, 1]), [1, 1], 'valid');
    },
  }))(x);
}

/** Puts stride − 1 rows and columns of zeros behind every row and column. */
function spreadOut(x: TfTensor, [down, across]: readonly [number, number]): TfTensor {
  const [n, height, width, c] = x.shape as [number, number, number, number];
  if (down === 1 && across === 1) return x;
  const wide = tf.concat([x, tf.zeros([n, height, width, c * (across - 1)])], 3);
  const row = width * across * c;
  const tall = tf.concat([wide.reshape([n, height, row]), tf.zeros([n, height, row * (down - 1)])], 2);
  return tall.reshape([n, height * down, width * across, c]);
}

async function start(): Promise<JsTraining> {
  const network = await readJsNetwork(stepCase.model, stepCase.method);
  const { images, targets, head } = await readStepData(stepCase.data);
  const trains = new Set(network.trained);
  const weights = new Map<string, TfTensor>();
  for (const [name, { shape, data }] of network.weights) {
    const tensor = tf.tensor(data as Float32Array, shape, 'float32');
    const value =
      shape.length === 4 ? tf.transpose(tensor, [2, 3, ...(shape[1] === 1 ? [0, 1] : [1, 0])]) : tensor;
    weights.set(name, trains.has(name) ? tf.variable(value) : value);
  }
  const kernel = tf.variable(tf.tensor(head, [head.length, 1]));
  const bias = tf.variable(tf.zeros([1]));
  const labels = tf.tensor(targets, [targets.length, 1]);
  const trained = [...network.trained.map((name) => weights.get(name) as TfVariable), kernel, bias];
  const optimiser = tf.train.adam(LEARNING_RATE, 0.9, 0.999, 1e-7);
  const shape = [stepCase.batch, stepCase.size, stepCase.size, 3];

  function loss(): TfTensor {
    const pixels = tf.tensor(images, shape, 'int32').toFloat().sub(MEAN).div(STD);
    const values = new Map([[network.input, pixels]]);
    for (const node of network.nodes) {
      const inputs = node.inputs.map((name) => values.get(name)!);
      values.set(node.output, operators[node.op](node, inputs, weights));
    }
    const features = values.get(network.output)!;
    const logits = features.mean([1, 2]).matMul(kernel).add(bias);
    return tf.losses.sigmoidCrossEntropy(labels, logits);
  }

  /** Resolves to its loss and, where asked for, the norm of the gradient over all scales. */
  async function step(isProbe: boolean): Promise<number[]> {
    const told = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, trained);
      optimiser.applyGradients(grads);
      if (!isProbe) return [value];
      const squares = network.scales.map((name) =>
        grads[(weights.get(name) as TfVariable).name]!.square().sum(),
      );
      return [value, tf.addN(squares).sqrt()];
    });
    const numbers = await Promise.all(told.map(async (each) => (await each.data())[0]!));
    tf.dispose(told);
    return numbers;
  }

  return {
    step: () => step(false),
    async first() {
      const [loss, gradientNorm] = (await step(true)) as [number, number];
      return { loss, gradientNorm, trained: trained.reduce((sum, { size }) => sum + size, 0) };
    },
  };
}

await serveTraining(backend, start);
