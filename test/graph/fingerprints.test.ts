import { expect, test } from 'vitest';
import { fingerprints } from '../../src/graph/fingerprints.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import { mul } from '../../src/graph/ops/mul.js';
import { sqrt } from '../../src/graph/ops/sqrt.js';
import { transpose } from '../../src/graph/ops/transpose.js';
import { float32 } from '../../src/graph/tensor.js';

interface Chosen {
  readonly name?: string;
  readonly axes?: readonly number[];
  readonly shape?: readonly number[];
  readonly factor?: number;
}

/** √(aᵀ·factor), or with something else in place of some of it. */
function value({ name = 'a', axes = [1, 0], shape = [2, 3], factor = 2 }: Chosen = {}): Value {
  const graph = new Graph();
  // What else there is does not count.
  for (let i = 0; i < 3; i++) graph.constant(float32([i]));
  const a = graph.parameter(name, 'kernel', float32(new Float32Array(6).fill(1), shape));
  return sqrt(graph, mul(graph, transpose(graph, a, axes), graph.constant(float32([factor], []))));
}

test('two graphs give the same value the same name', () => {
  const name = fingerprints()(value());
  expect(name).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprints()(value())).toBe(name);
});

test.each<[string, Chosen]>([
  ['parameter', { name: 'b' }],
  ['attribute', { axes: [0, 1] }],
  ['shape', { shape: [3, 2] }],
  ['constant', { factor: 3 }],
])('another %s makes another name', (_, chosen) => {
  const of = fingerprints();
  expect(of(value(chosen))).not.toBe(of(value()));
});

test('so does another order of inputs', () => {
  const graph = new Graph();
  const [a, b] = ['a', 'b'].map((name) => graph.parameter(name, 'kernel', float32([1]))) as [Value, Value];
  const of = fingerprints();
  expect(of(mul(graph, a, b))).not.toBe(of(mul(graph, b, a)));
});
