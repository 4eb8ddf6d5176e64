/**
 * @file What an operator is: its shape rule, its ONNX form and its gradient, together in one module each (see ops/).
 * A new operator is one new file there.
 */
import type { Graph, Node, Value } from './graph.js';
import type { OnnxForm } from './onnx-form.js';
import type { TensorType } from './tensor.js';

/** A gradient that is only built when somebody asks for it: one nobody asked for costs nothing. */
export type Gradient = () => Value;

export interface Operator<Attributes> {
  readonly name: string;

  /** The shape rule: checks the inputs and gives the types of the outputs. Quotes the actual values when it refuses. */
  infer(inputs: readonly TensorType[], attributes: Attributes): readonly TensorType[];

  /** Writes the node as ONNX nodes (opset 18) that compute its outputs. */
  emit(node: Node<Attributes>, form: OnnxForm): void;

  /**
   * One thunk per input (undefined where the input has no gradient, such as indices). `outputGradients[i]` is the
   * gradient of the loss with respect to output i, or undefined where that output does not reach the loss.
   * Absent for operators that are not differentiable.
   */
  gradient?(
    graph: Graph,
    node: Node<Attributes>,
    outputGradients: readonly (Value | undefined)[],
  ): readonly (Gradient | undefined)[];
}

/** Declares an operator; only there to let the compiler infer the attribute type. */
export function defineOperator<Attributes>(operator: Operator<Attributes>): Operator<Attributes> {
  return operator;
}
