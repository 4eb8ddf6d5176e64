/** @file The intermediate representation: a graph of operators over statically shaped values, in topological order. */
import { internal } from '../errors.js';
import type { Operator } from './operator.js';
import type { Role } from './role.js';
import { showType, type Tensor, type TensorType } from './tensor.js';

/** Something computed, fed or stored. Compared by identity. */
export interface Value extends TensorType {
  readonly id: number;
  readonly source: Source;
}

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'parameter'; readonly parameter: Parameter }
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'node'; readonly node: Node; readonly output: number };

/** A named weight of the network with its role, e.g. `block0.expand.bn.scale`. */
export interface Parameter {
  readonly name: string;
  readonly role: Role;
  readonly tensor: Tensor;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of nodes holds every attribute type there is
export interface Node<Attributes = any> {
  readonly op: Operator<Attributes>;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

/**
 * A graph under construction. Nodes can only refer to values that exist already, so `nodes` is always in
 * topological order, and differentiation appends to it.
 */
export class Graph {
  readonly inputs = new Map<string, Value>();
  readonly parameters = new Map<string, Value>();
  readonly nodes: Node[] = [];
  readonly outputs = new Map<string, Value>();
  private count = 0;

  /** Declares a value that is fed at run time. */
  input(name: string, type: TensorType): Value {
    if (this.inputs.has(name)) throw internal(`the graph already has an input ${name}`);
    const value = this.value(type, { kind: 'input', name });
    this.inputs.set(name, value);
    return value;
  }

  /** Declares a named weight. Whether it is a constant or fed at run time is decided when the graph is written. */
  parameter(name: string, role: Role, tensor: Tensor): Value {
    if (this.parameters.has(name)) throw internal(`the graph already has a parameter ${name}`);
    const value = this.value(tensor, { kind: 'parameter', parameter: { name, role, tensor } });
    this.parameters.set(name, value);
    return value;
  }

  constant(tensor: Tensor): Value {
    return this.value(tensor, { kind: 'constant', tensor });
  }

  /** Applies an operator, after its shape rule has accepted the inputs. Returns all outputs. */
  applyAll<Attributes>(
    op: Operator<Attributes>,
    inputs: readonly Value[],
    attributes: Attributes,
  ): readonly Value[] {
    const node: Node<Attributes> & { outputs: Value[] } = { op, inputs, attributes, outputs: [] };
    op.infer(inputs, attributes).forEach((type, output) => {
      node.outputs.push(this.value(type, { kind: 'node', node, output }));
    });
    this.nodes.push(node);
    return node.outputs;
  }

  /** Applies an operator and returns its first output. */
  apply<Attributes>(op: Operator<Attributes>, inputs: readonly Value[], attributes: Attributes): Value {
    return this.applyAll(op, inputs, attributes)[0]!;
  }

  /** Names a value as an output of the whole graph. */
  output(name: string, value: Value): void {
    if (this.outputs.has(name)) throw internal(`the graph already has an output ${name}`);
    this.outputs.set(name, value);
  }

  private value({ dtype, shape }: TensorType, source: Source): Value {
    if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
      throw internal(`${showType({ dtype, shape })} is not a static shape`);
    }
    return { id: this.count++, dtype, shape, source };
  }
}

/** The parameter behind a value, if it is one. */
export function parameterOf(value: Value): Parameter | undefined {
  return value.source.kind === 'parameter' ? value.source.parameter : undefined;
}
