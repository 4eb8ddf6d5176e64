/** @file Our gradients against central finite differences, both through ONNX Runtime. */
import { expect } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import { add } from '../../src/graph/ops/add.js';
import { mul } from '../../src/graph/ops/mul.js';
import { reduceSum } from '../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { showType, type Tensor } from '../../src/graph/tensor.js';
import { randomTensor } from './random-tensor.js';
import { graphRunner } from './run-graph.js';

export interface GradientCheckOptions {
  /**
   * How far an input is moved to either side, by one element or in a random direction. The error of the difference is
   * about 1e-7/step from float32 and step² · f‴/6 from the curve; and no kink (ReLU at 0, a tie of a maximum) should
   * be closer to an element than this.
   */
  readonly step?: number;
  /** Largest error allowed, relative to the root mean square of the input's gradient (plus the absolute tolerance). */
  readonly tolerance?: number;
  readonly absoluteTolerance?: number;
  /** Up to so many elements per input are moved one by one, evenly spread; 0 for none. */
  readonly elements?: number;
  /** So many times all elements of an input are moved at once in a random direction. */
  readonly directions?: number;
  /** The range of the weights with which elements of the result are summed to a scalar. */
  readonly projection?: readonly [low: number, high: number];
  readonly seed?: number;
}

/**
 * Checks the gradient of a random projection of what `build` returns with respect to every float32 input.
 * Fails with the input, the element or direction, and both values.
 */
export async function checkGradients(
  build: (graph: Graph, inputs: Value[]) => Value | readonly Value[],
  inputs: readonly Tensor[],
  options: GradientCheckOptions = {},
): Promise<void> {
  const { step = 1e-2, tolerance = 2e-3, absoluteTolerance = 1e-4 } = options;
  const { elements = 48, directions = 2, projection = [-1.5, 1.5], seed = 1 } = options;

  const graph = new Graph();
  const values = inputs.map((tensor, i) => graph.input(`input ${i}`, tensor));
  const outputs = [build(graph, values)].flat();
  const projections = outputs.map(({ shape }, i) => randomTensor(shape, 1_000_000 + seed + i, ...projection));
  const projected = outputs.map((output, i) => {
    const product = mul(graph, output, graph.constant(projections[i]!));
    return reshape(graph, reduceSum(graph, product, [...output.shape.keys()]), []);
  });
  const loss = projected.reduce((sum, term) => add(graph, sum, term));
  const checked = values.filter(({ dtype }) => dtype === 'float32');
  const found = differentiate(graph, loss, checked);
  const gradients = found.filter((gradient) => gradient !== undefined);

  const { run, release } = await graphRunner(graph, [...outputs, ...gradients]);
  const runWith = (moved: number, data: Float32Array) =>
    run(Object.fromEntries(inputs.map((x, i) => [`input ${i}`, i === moved ? { ...x, data } : x])));

  /** The slope of the loss along a direction, summed in double precision from the outputs. */
  async function slope(index: number, direction: Float64Array): Promise<number> {
    const x = inputs[index]!.data as Float32Array;
    const plus = Float32Array.from(x, (value, i) => value + step * direction[i]!);
    const minus = Float32Array.from(x, (value, i) => value - step * direction[i]!);
    const [high, low] = [await runWith(index, plus), await runWith(index, minus)];
    let rise = 0;
    projections.forEach(({ data }, o) => {
      data.forEach((weight, i) => {
        rise += Number(weight) * (Number(high[o]!.data[i]) - Number(low[o]!.data[i]));
      });
    });
    return rise / (2 * step);
  }

  try {
    const results = await runWith(-1, new Float32Array());
    for (const [k, value] of checked.entries()) {
      const index = values.indexOf(value);
      const size = inputs[index]!.data.length;
      const position = found[k] ? outputs.length + gradients.indexOf(found[k]) : -1;
      const gradient = position < 0 ? new Float32Array(size) : (results[position]!.data as Float32Array);
      if (position >= 0) expect(results[position]!.shape).toEqual(inputs[index]!.shape);
      const rms = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0) / size);

      const compare = async (what: string, direction: Float64Array) => {
        const ours = direction.reduce((sum, d, i) => (d === 0 ? sum : sum + d * gradient[i]!), 0);
        const numeric = await slope(index, direction);
        const error = Math.abs(ours - numeric);
        const message = `${what} of input ${index} (${showType(value)}): gradient ${ours}, difference ${numeric}`;
        expect(error, message).toBeLessThanOrEqual(tolerance * rms + absoluteTolerance);
      };
      const count = Math.min(elements, size);
      for (let j = 0; j < count; j++) {
        const direction = new Float64Array(size);
        const element = Math.floor((j * size) / count);
        direction[element] = 1;
        await compare(`element ${element}`, direction);
      }
      for (let j = 0; j < directions; j++) {
        await compare(`direction ${j}`, unitVector(size, 2_000_000 + seed + 100 * index + j));
      }
    }
  } finally {
    await release();
  }
}

function unitVector(size: number, seed: number): Float64Array {
  const vector = Float64Array.from(randomTensor([size], seed, -1, 1).data as Float32Array);
  const length = Math.sqrt(vector.reduce((sum, d) => sum + d * d, 0));
  return vector.map((d) => d / length);
}
