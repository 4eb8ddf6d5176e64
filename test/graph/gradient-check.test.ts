import { expect, test } from 'vitest';
import { defineOperator } from '../../src/graph/operator.js';
import { scaled } from '../../src/graph/ops/elementwise.js';
import { relu } from '../../src/graph/ops/relu.js';
import { float32 } from '../../src/graph/tensor.js';
import { checkGradients } from './gradient-check.js';

/** y = x², whose gradient is `factor`·x·dy; right for a factor of 2. */
const square = (factor: number) =>
  defineOperator<Record<never, never>>({
    name: 'Square',
    infer: ([x]) => [x!],
    emit: ({ inputs: [x], outputs }, form) => form.result(outputs, 'Mul', [form.name(x!), form.name(x!)]),
    gradient: (graph, { inputs: [x] }) => [() => scaled(graph, x!, factor)],
  });

const x = float32([-1, 0.5, 2]);
// A projection of ones makes dy = 1, which `square` takes for granted.
const ones = { projection: [1, 1] as const };

test('a right gradient passes', async () => {
  await checkGradients((graph, [x]) => graph.apply(square(2), [x!], {}), [x], ones);
});

test('a wrong gradient is found element by element, and along directions alone', async () => {
  const wrong = (factor: number, elements: number) =>
    checkGradients((graph, [x]) => graph.apply(square(factor), [x!], {}), [x], { ...ones, elements });
  await expect(wrong(2.01, 3)).rejects.toThrow('element 0 of input 0 (float32[3]): gradient');
  await expect(wrong(2.01, 0)).rejects.toThrow('direction 0 of input 0');
  await expect(wrong(-2, 3)).rejects.toThrow('element 0');
});

test('an input that has no gradient but moves the result is found', async () => {
  const blind = defineOperator<Record<never, never>>({
    name: 'Blind',
    infer: ([x]) => [x!],
    emit: ({ inputs: [x], outputs }, form) => form.result(outputs, 'Neg', [form.name(x!)]),
    gradient: () => [undefined],
  });
  await expect(checkGradients((graph, [x]) => graph.apply(blind, [x!], {}), [x])).rejects.toThrow(
    'gradient 0',
  );
  await checkGradients((graph, [, b]) => relu(graph, b!), [float32([1]), x]);
});
