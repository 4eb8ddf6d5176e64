/**
 * @file jax-js's side of the benchmark: takes training steps when asked to, on WebAssembly, as one compiled function.
 *
 *     jax-js-step.ts FOLDER CASE
 */
import type { Tensor } from '../src/graph/tensor.js';
import type { Jax, JaxArray } from './jax-js.js';
import { givenCase, importFrom, type JsTraining, readStepData, serveTraining } from './js-answers.js';
import { type JsNode, type JsOperator, readJsNetwork } from './js-network.js';
import { LEARNING_RATE } from './step-case.js';

const stepCase = givenCase();
const jax = (await importFrom(process.argv[2]!, '@jax-js/jax')) as Jax;
const { numpy: np, lax, nn } = jax;
await jax.init('wasm');
jax.defaultDevice('wasm');

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

/** A use of an array ends it, unless a reference is taken before: so these are used once each, and the weights referred to. */
type Weights = Readonly<Record<string, JaxArray>>;

const operators: Record<
  JsOperator,
  (node: JsNode, inputs: readonly JaxArray[], weights: Weights) => JaxArray
> = {
  Conv(node, [x], weights) {
    const [kernel, bias] = node.weights.map((name) => weights[name]!.ref);
    const [, , height, width] = x!.shape as [number, number, number, number];
    const [top, left, bottom, right] = node.padding([height, width]);
    const edges = [
      [top, bottom],
      [left, right],
    ];
    const y = lax.convGeneralDilated(x!, kernel!, node.strides, edges, { featureGroupCount: node.groups });
    return bias ? y.add(perChannel(bias)) : y;
  },
  BatchNormalization({ weights: names, epsilon }, [x], weights) {
    const [scale, centre, mean, variance] = names.map((name) => weights[name]!.ref);
    const factor = scale!.div(np.sqrt(variance!.add(epsilon)));
    const offset = centre!.sub(mean!.mul(factor.ref));
    return x!.mul(perChannel(factor)).add(perChannel(offset));
  },
  Relu: (_, [x]) => nn.relu(x!),
  Add: (_, [a, b]) => a!.add(b!),
  Mul: (_, [a, b]) => a!.mul(b!),
  Sigmoid: (_, [x]) => nn.sigmoid(x!),
  GlobalAveragePool: (_, [x]) => np.mean(x!, [2, 3], { keepdims: true }),
};

function perChannel(x: JaxArray): JaxArray {
  return x.reshape([1, x.shape[0]!, 1, 1]);
}

async function start(): Promise<JsTraining> {
  const network = await readJsNetwork(stepCase.model, stepCase.method);
  const { images, targets, head } = await readStepData(stepCase.data);
  const { batch, size } = stepCase;
  const readers = new Map<string, number>();
  for (const name of [...network.nodes.flatMap(({ inputs }) => inputs), network.output]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }

  const array = ({ data, shape }: Pick<Tensor, 'data' | 'shape'>) =>
    np.array(Float32Array.from(data as Float32Array), { shape: [...shape] });
  const names = new Set(network.trained);
  const weights = [...network.weights].map(([name, tensor]) => [name, array(tensor)] as const);
  const frozen = Object.fromEntries(weights.filter(([name]) => !names.has(name)));
  let trained: Weights = {
    ...Object.fromEntries(weights.filter(([name]) => names.has(name))),
    headKernel: array({ data: head, shape: [head.length, 1] }),
    headBias: np.zeros([1]),
  };
  const zeros = () =>
    Object.fromEntries(Object.entries(trained).map(([name, { shape }]) => [name, np.zeros(shape)]));
  let moments: readonly [Weights, Weights] = [zeros(), zeros()];
  let steps = 0;

  /** Pixels [N,H,W,3] of 0 to 255 and targets [N,1] → their mean loss. */
  function lossOf(trained: Weights, frozen: Weights, pixels: JaxArray, targets: JaxArray): JaxArray {
    const all = { ...trained, ...frozen };
    const mean = np.array([0.485, 0.456, 0.406]).mul(255);
    const std = np.array([0.229, 0.224, 0.225]).mul(255);
    const normal = np.transpose(pixels.sub(mean).div(std), [0, 3, 1, 2]);
    const values = new Map<string, JaxArray>();
    const give = (name: string, value: JaxArray) => {
      values.set(name, value);
      left.set(name, readers.get(name) ?? 0);
    };
    const left = new Map<string, number>();
    const take = (name: string): JaxArray => {
      left.set(name, left.get(name)! - 1);
      return left.get(name)! > 0 ? values.get(name)!.ref : values.get(name)!;
    };
    give(network.input, normal);
    for (const node of network.nodes) give(node.output, operators[node.op](node, node.inputs.map(take), all));
    const features = np.mean(take(network.output), [2, 3]);
    const logits = np.matmul(features, all.headKernel!.ref).add(all.headBias!.ref);
    // max(z, 0) − z·t + log(1 + e^−|z|)
    const terms = np
      .maximum(logits.ref, 0)
      .sub(logits.ref.mul(targets))
      .add(np.log1p(np.exp(np.abs(logits).neg())));
    return np.mean(terms);
  }

  function adam(
    parameter: JaxArray,
    gradient: JaxArray,
    [m, v]: readonly [JaxArray, JaxArray],
    rate: JaxArray,
  ) {
    const first = m.mul(BETA1).add(gradient.ref.mul(1 - BETA1));
    const second = v.mul(BETA2).add(np.square(gradient).mul(1 - BETA2));
    const moved = parameter.sub(rate.mul(first.ref).div(np.sqrt(second.ref).add(EPSILON)));
    return { moved, first, second };
  }

  const valueAndGrad = jax.valueAndGrad(lossOf);
  const update = jax.jit(
    (
      trained: Weights,
      first: Weights,
      second: Weights,
      frozen: Weights,
      pixels: JaxArray,
      targets: JaxArray,
      rate: JaxArray,
    ) => {
      const [loss, gradients] = valueAndGrad(jax.tree.ref(trained), frozen, pixels, targets);
      const squares = network.scales
        .map((name) => np.sum(np.square(gradients[name]!.ref)))
        .reduce((sum, each) => sum.add(each));
      const results = Object.keys(trained).map((name) => {
        const moments = [first[name]!, second[name]!] as const;
        return [name, adam(trained[name]!, gradients[name]!, moments, rate.ref)] as const;
      });
      rate.dispose();
      const each = (of: 'moved' | 'first' | 'second'): Weights =>
        Object.fromEntries(results.map(([name, result]) => [name, result[of]]));
      return [loss, np.sqrt(squares), each('moved'), each('first'), each('second')] as const;
    },
  );

  async function step(): Promise<{ loss: number; gradientNorm: number }> {
    steps++;
    const rate = (LEARNING_RATE * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps);
    const pixels = np.array(Float32Array.from(images), { shape: [batch, size, size, 3] });
    const labels = array({ data: targets, shape: [batch, 1] });
    const [loss, norm, moved, first, second] = update(
      trained,
      ...moments,
      jax.tree.ref(frozen),
      pixels,
      labels,
      np.array(rate),
    );
    trained = moved;
    moments = [first, second];
    const [[lossValue], [gradientNorm]] = [await loss.data(), await norm.data()];
    return { loss: lossValue!, gradientNorm: gradientNorm! };
  }

  const count = Object.values(trained).reduce((sum, { size }) => sum + size, 0);
  return { step, first: async () => ({ ...(await step()), trained: count }) };
}

await serveTraining('wasm', start);
