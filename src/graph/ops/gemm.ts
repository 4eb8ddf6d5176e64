/** @file alpha·A·B + beta·C, either matrix optionally transposed: a dense layer in one node. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { float, int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { sameShape, showType } from '../tensor.js';
import { broadcastShapes, sumToShape } from './broadcast.js';
import { scaled } from './elementwise.js';

interface GemmAttributes {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
  readonly beta: number;
}

export const Gemm = defineOperator<GemmAttributes>({
  name: 'Gemm',
  infer: ([a, b, c], { transA, transB }) => {
    const [m, k] = transA ? [a!.shape[1], a!.shape[0]] : a!.shape;
    const [k2, n] = transB ? [b!.shape[1], b!.shape[0]] : b!.shape;
    const shape = [m!, n!];
    const isMatrix = a!.shape.length === 2 && b!.shape.length === 2;
    const added = c ? broadcastShapes(c.shape, shape) : shape;
    if (!isMatrix || k !== k2 || a!.dtype !== b!.dtype || !added || !sameShape(added, shape)) {
      const flags = `transA ${transA}, transB ${transB}`;
      throw internal(
        `Gemm cannot combine ${[a!, b!, ...(c ? [c] : [])].map(showType).join(', ')} (${flags})`,
      );
    }
    return [{ dtype: a!.dtype, shape }];
  },
  emit: ({ inputs, outputs, attributes: { transA, transB, alpha, beta } }, form) =>
    form.result(outputs, 'Gemm', inputs.map(form.name), {
      transA: int(Number(transA)),
      transB: int(Number(transB)),
      alpha: float(alpha),
      beta: float(beta),
    }),
  // Y = α·A′·B′ + β·C with A′ = A or Aᵀ: dA′ = α·dY·B′ᵀ, dB′ = α·A′ᵀ·dY, dC = β·dY.
  // Where A′ = Aᵀ, dA is the transpose of dA′: the factors transposed, in reverse order. Likewise dB.
  gradient: (graph, { inputs: [a, b, c], attributes: { transA, transB, alpha, beta } }, [dy]) => [
    () =>
      transA
        ? gemm(graph, b!, dy!, undefined, { alpha, transA: transB, transB: true })
        : gemm(graph, dy!, b!, undefined, { alpha, transB: !transB }),
    () =>
      transB
        ? gemm(graph, dy!, a!, undefined, { alpha, transA: true, transB: transA })
        : gemm(graph, a!, dy!, undefined, { alpha, transA: !transA }),
    () => scaled(graph, sumToShape(graph, dy!, c!.shape), beta),
  ],
});

/**
 * `alpha · A · B + beta · C` for matrices A [m, k] (or [k, m] with `transA`) and B [k, n] (or [n, k] with `transB`);
 * C, if there is one, broadcasts to [m, n].
 */
export function gemm(
  graph: Graph,
  a: Value,
  b: Value,
  c: Value | undefined,
  { transA = false, transB = false, alpha = 1, beta = 1 }: Partial<GemmAttributes> = {},
): Value {
  return graph.apply(Gemm, c ? [a, b, c] : [a, b], { transA, transB, alpha, beta });
}
