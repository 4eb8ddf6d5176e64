/** @file x · Φ(x) with Φ the normal distribution function, exactly or by the usual tanh approximation. */
import type { Graph, Value } from '../graph.js';
import type { OnnxForm, OnnxName } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32 } from '../tensor.js';
import { add } from './add.js';
import { realType, scalar, scaled } from './elementwise.js';
import { erf } from './erf.js';
import { exp } from './exp.js';
import { mul } from './mul.js';
import { sub } from './sub.js';
import { tanh } from './tanh.js';

/** Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415: Φ(x) ≈ (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2. */
const cubic = 0.044715;
const inner = Math.sqrt(2 / Math.PI);

type Approximate = 'none' | 'tanh';

export const Gelu = defineOperator<{ readonly approximate: Approximate }>({
  name: 'Gelu',
  infer: ([x]) => [realType('Gelu', x!)],
  emit: ({ inputs: [x], outputs, attributes: { approximate } }, form) => {
    const number = (value: number) => form.constant(float32([value], []));
    const name = form.name(x!);
    const odd = approximate === 'tanh' ? tanhForm(form, name, number) : erfForm(form, name, number);
    const half = form.node('Mul', [name, number(0.5)]);
    form.result(outputs, 'Mul', [half, form.node('Add', [odd, number(1)])]);
  },
  // y = x·Φ: dy/dx = Φ + x·Φ′
  gradient: (graph, { inputs: [x], attributes: { approximate } }, [dy]) => [
    () => {
      const { phi, slope } = approximate === 'tanh' ? tanhNormal(graph, x!) : normal(graph, x!);
      return mul(graph, dy!, add(graph, phi, mul(graph, x!, slope)));
    },
  ],
});

/** The Gaussian error linear unit of `x`. */
export function gelu(graph: Graph, x: Value, approximate: Approximate): Value {
  return graph.apply(Gelu, [x], { approximate });
}

type NumberForm = (value: number) => OnnxName;

function erfForm(form: OnnxForm, x: OnnxName, number: NumberForm): OnnxName {
  return form.node('Erf', [form.node('Div', [x, number(Math.SQRT2)])]);
}

function tanhForm(form: OnnxForm, x: OnnxName, number: NumberForm): OnnxName {
  const cube = form.node('Mul', [number(cubic), form.node('Pow', [x, number(3)])]);
  return form.node('Tanh', [form.node('Mul', [number(inner), form.node('Add', [x, cube])])]);
}

/** Φ(x) = (1 + erf(x/√2)) / 2 and its slope, the density e^(−x²/2) / √(2π). */
function normal(graph: Graph, x: Value) {
  const half = scalar(graph, 0.5);
  const phi = add(graph, scaled(graph, erf(graph, scaled(graph, x, Math.SQRT1_2)), 0.5), half);
  const density = exp(graph, scaled(graph, mul(graph, x, x), -0.5));
  return { phi, slope: scaled(graph, density, 1 / Math.sqrt(2 * Math.PI)) };
}

/** Φ = (1 + t) / 2 with t = tanh(u), and its slope (1 − t²)/2 · du/dx with du/dx = √(2/π)·(1 + 3·0.044715·x²). */
function tanhNormal(graph: Graph, x: Value) {
  const [half, one] = [scalar(graph, 0.5), scalar(graph, 1)];
  const square = mul(graph, x, x);
  const u = scaled(graph, mul(graph, x, add(graph, scaled(graph, square, cubic), one)), inner);
  const t = tanh(graph, u);
  const du = scaled(graph, add(graph, scaled(graph, square, 3 * cubic), one), inner / 2);
  const phi = add(graph, scaled(graph, t, 0.5), half);
  return { phi, slope: mul(graph, sub(graph, one, mul(graph, t, t)), du) };
}
