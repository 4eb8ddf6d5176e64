import { expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph } from '../../../src/graph/graph.js';
import { sigmoidCrossEntropy } from '../../../src/graph/ops/cross-entropy.js';
import { float32 } from '../../../src/graph/tensor.js';
import { runGraph } from '../run-graph.js';

/** Loss and gradient with respect to the logits of two samples with three labels each. */
async function lossAndGradient(targets: readonly number[]) {
  const graph = new Graph();
  const logits = graph.parameter('logits', 'head-bias', float32([0.5, -2, 3, -0.3, 40, -40], [2, 3]));
  const t = graph.input('targets', { dtype: 'float32', shape: [2, 3] });
  const weights = graph.constant(float32([0.25, 0.75], [2]));
  const { loss } = sigmoidCrossEntropy(graph, logits, t, weights);
  const [gradient] = differentiate(graph, loss, [logits]);
  const results = await runGraph(graph, [loss, gradient!], { targets: float32(targets, [2, 3]) });
  return results.map(({ data }) => [...(data as Float32Array)]);
}

test('a label that nobody knows (−1) adds nothing to the loss and pulls at nothing', async () => {
  const [whole, gradient] = await lossAndGradient([1, 0, 1, 0, 0, 1]);
  const [[partly], partial] = await lossAndGradient([1, -1, 1, 0, -1, 1]);
  const term = (z: number, t: number) => Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - t * z;
  const left = (0.25 * term(-2, 0)) / 3 + (0.75 * term(40, 0)) / 3;
  expect(partly).toBeCloseTo(whole[0] - left, 5);
  expect(partial).toEqual(gradient.map((value, i) => (i === 1 || i === 4 ? 0 : value)));
});
