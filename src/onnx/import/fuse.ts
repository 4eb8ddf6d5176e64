/** @file Activations that exporters take apart, put together again: cheaper to run, and above all to differentiate. */
import type { OnnxGraph, OnnxNode } from '../model.js';
import { KnownNodes } from './known-nodes.js';

/**
 * The nodes of a graph with x·Sigmoid(x) as Swish, x·HardSigmoid(x) as HardSwish and x·½·(1 + Erf(x/√2)) as Gelu.
 * Nodes that served only these stay in the list, unused.
 */
export function fuseActivations(graph: OnnxGraph): OnnxNode[] {
  const patterns = new Patterns(graph);
  return graph.nodes.map((node) => patterns.fused(node) ?? node);
}

class Patterns {
  private readonly known: KnownNodes;

  constructor(graph: OnnxGraph) {
    this.known = new KnownNodes(graph);
  }

  fused(node: OnnxNode): OnnxNode | undefined {
    if (node.opType !== 'Mul' || node.domain !== '') return undefined;
    return this.gated(node) ?? this.gelu(node);
  }

  /** x times a function of the same x. */
  private gated(node: OnnxNode): OnnxNode | undefined {
    const [a, b] = node.inputs as [string, string];
    for (const [x, gate] of [
      [a, b],
      [b, a],
    ] as const) {
      const producer = this.known.producer(gate);
      if (producer?.inputs[0] !== x || producer.domain !== '') continue;
      if (producer.opType === 'Sigmoid') return { ...node, opType: 'Swish', inputs: [x] };
      if (producer.opType === 'HardSigmoid' && isHardSwishGate(producer)) {
        return { ...node, opType: 'HardSwish', inputs: [x] };
      }
    }
    return undefined;
  }

  /** x, a half and 1 + Erf(x/√2), multiplied in any order. */
  private gelu(node: OnnxNode): OnnxNode | undefined {
    const factors = this.factors(node.outputs[0]!, 2);
    const half = factors.findIndex((name) => isClose(this.known.scalar(name), 0.5));
    const others = factors.filter((_, i) => i !== half);
    if (half < 0 || others.length !== 2) return undefined;
    const [a, b] = others as [string, string];
    const x = this.gelusArgument(a) === b ? b : this.gelusArgument(b) === a ? a : undefined;
    return x === undefined ? undefined : { ...node, opType: 'Gelu', inputs: [x], attributes: {} };
  }

  /** The factors of a product of products, down to `depth` multiplications. */
  private factors(name: string, depth: number): string[] {
    const node = this.known.producer(name);
    if (depth === 0 || node?.opType !== 'Mul') return [name];
    return node.inputs.flatMap((input) => this.factors(input, depth - 1));
  }

  /** The x of 1 + Erf(x/√2), if that is what the name stands for. */
  private gelusArgument(name: string): string | undefined {
    const sum = this.known.producer(name);
    if (sum?.opType !== 'Add') return undefined;
    const [a, b] = sum.inputs as [string, string];
    const curve = isClose(this.known.scalar(a), 1) ? b : isClose(this.known.scalar(b), 1) ? a : '';
    const erf = this.known.producer(curve);
    const inner = erf?.opType === 'Erf' ? this.known.producer(erf.inputs[0]!) : undefined;
    if (!inner) return undefined;
    const [x, factor] = inner.inputs as [string, string];
    if (inner.opType === 'Div') return isClose(this.known.scalar(factor), Math.SQRT2) ? x : undefined;
    if (inner.opType !== 'Mul') return undefined;
    return isClose(this.known.scalar(factor), Math.SQRT1_2)
      ? x
      : isClose(this.known.scalar(x), Math.SQRT1_2)
        ? factor
        : undefined;
  }
}

function isHardSwishGate({ attributes: { alpha, beta } }: OnnxNode): boolean {
  const [slope, offset] = [alpha, beta].map((attribute) =>
    attribute?.type === 'float' ? attribute.value : undefined,
  );
  return isClose(slope, 1 / 6) && isClose(offset ?? 0.5, 0.5);
}

/** Equal but for the rounding of float32. */
function isClose(x: number | undefined, wanted: number): boolean {
  return x !== undefined && Math.abs(x - wanted) <= 1e-5 * Math.abs(wanted);
}
