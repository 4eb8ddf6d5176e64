/** @file One ONNX node being imported, as its row in the tables sees it: inputs, attributes, and ways to refuse. */
import { TransfuseError } from '../../errors.js';
import type { Graph, Value } from '../../graph/graph.js';
import type { BatchStatistics, ParameterInfo, Statistics } from '../../graph/network.js';
import { transpose } from '../../graph/ops/transpose.js';
import type { Role } from '../../graph/role.js';
import { normaliseAxis, type Shape, showShape, showType, sizeOf, type Tensor } from '../../graph/tensor.js';
import type { OnnxAttribute, OnnxNode } from '../model.js';
import type { BatchNorms } from './batch-norms.js';
import { numbersOf } from './fold.js';
import { type ComputedOperand, type Operand, type StaticOperand, shapeOf } from './operand.js';
import { type Claim, layerOfWeight, titleOf } from './parameters.js';

/** What a row gives back per output: a value of our graph, numbers known already, or an operand as it is. */
export type Result = Value | Tensor | Operand;

/** Imports one kind of ONNX node. */
export type Row = (call: Call) => Result | readonly Result[];

/** Rows by operator name. */
export type Rows = Readonly<Record<string, Row>>;

/** What a call needs from the import that is under way. */
export interface Surroundings {
  readonly graph: Graph;
  readonly opset: number;
  readonly statistics: Statistics;
  /** Whether a kernel has been met: constants before the first one belong to preprocessing, not to the network. */
  readonly insideNetwork: boolean;
  /** What a name stood for when the network was imported at its own image size; undefined while that happens. */
  native(name: string): Operand | undefined;
  readonly batchNorms: BatchNorms;
  parameter(claim: Claim): { info: ParameterInfo; value: () => Value };
  addBatchStatistics(entry: BatchStatistics): void;
}

type AttributeValues = { [A in OnnxAttribute as A['type']]: A['value'] };

export class Call {
  constructor(
    readonly node: OnnxNode,
    readonly surroundings: Surroundings,
    readonly operands: readonly (Exclude<Operand, { kind: 'unknown' }> | undefined)[],
  ) {}

  get graph(): Graph {
    return this.surroundings.graph;
  }

  get opset(): number {
    return this.surroundings.opset;
  }

  /** Whether every input is known at import. */
  get isStatic(): boolean {
    return this.operands.every((operand) => operand === undefined || operand.kind === 'static');
  }

  has(input: number): boolean {
    return this.operands[input] !== undefined;
  }

  operand(input: number): StaticOperand | ComputedOperand {
    const operand = this.operands[input];
    if (!operand) throw this.refusal(`needs input ${input}, which is not given`);
    return operand;
  }

  shape(input: number): Shape {
    return shapeOf(this.operand(input))!;
  }

  /** The values of an input that must be known at import. */
  tensor(input: number): Tensor {
    const operand = this.operand(input);
    if (operand.kind === 'static') return operand.tensor;
    throw this.refusal(
      `needs a constant as input ${input} (${this.node.inputs[input]}), which depends on the images`,
    );
  }

  numbers(input: number): number[] {
    return numbersOf(this.tensor(input));
  }

  /** The single number of an input that must be known at import, or undefined where the input is not given. */
  number(input: number): number | undefined {
    if (!this.has(input)) return undefined;
    const numbers = this.numbers(input);
    if (numbers.length !== 1) throw this.refusal(`needs one number as input ${input}, not ${numbers.length}`);
    return numbers[0];
  }

  /** An input as a value of our graph; numbers known at import become a constant. */
  value(input: number): Value {
    const operand = this.operand(input);
    if (operand.kind === 'static') return this.graph.constant(operand.tensor);
    const { value, order } = operand;
    return order ? transpose(this.graph, value, order) : value;
  }

  /** An input that is a weight of this role, in its stored form or after shape-only changes. */
  parameter(input: number, role: Role): Value {
    const operand = this.operand(input);
    if (operand.kind !== 'static' || !operand.permanent) return this.value(input);
    const key = this.node.inputs[input]!;
    const layer = layerOfWeight(operand.weight ?? key, this.node);
    const names = [operand.weight, key].filter((name) => name !== undefined);
    return this.surroundings.parameter({ key, names, role, tensor: operand.tensor, layer }).value();
  }

  /**
   * An operand of elementwise arithmetic: a stored tensor inside the network (layer scales, biases added by hand) is a
   * weight with the role of a bias. Single numbers, and whatever comes before the first kernel, are constants.
   */
  term(input: number): Value {
    const operand = this.operand(input);
    const learned =
      operand.kind === 'static' &&
      operand.weight !== undefined &&
      operand.tensor.dtype === 'float32' &&
      sizeOf(operand.tensor.shape) > 1;
    return learned && this.surroundings.insideNetwork ? this.parameter(input, 'bias') : this.value(input);
  }

  /** What input `input` was at the network's own image size; undefined while importing at that size. */
  native(input: number): Operand | undefined {
    return this.surroundings.native(this.node.inputs[input]!);
  }

  int(name: string, fallback: number): number {
    return this.attribute(name, 'int') ?? fallback;
  }

  float(name: string, fallback: number): number {
    return this.attribute(name, 'float') ?? fallback;
  }

  text(name: string, fallback: string): string {
    return this.attribute(name, 'string') ?? fallback;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name, 'ints');
  }

  floats(name: string): readonly number[] | undefined {
    return this.attribute(name, 'floats');
  }

  /** The value of an attribute, or undefined where it is absent. */
  attribute<Type extends OnnxAttribute['type']>(name: string, type: Type): AttributeValues[Type] | undefined {
    const attribute = this.node.attributes[name];
    if (attribute === undefined) return undefined;
    if (attribute.type === type) return attribute.value as AttributeValues[Type];
    throw this.refusal(`has an attribute ${name} of type ${attribute.type}, not ${type}`);
  }

  /** Integers that older operator sets keep in an attribute, newer ones in an input; undefined where absent. */
  intsFrom(name: string, input: number): readonly number[] | undefined {
    return this.has(input) ? this.numbers(input) : this.ints(name);
  }

  /** Axes from an attribute or input, non-negative; undefined where absent. */
  axesFrom(input: number, rank: number): number[] | undefined {
    return this.intsFrom('axes', input)?.map((axis) => this.axis(axis, rank));
  }

  /** A possibly negative axis as a non-negative one. */
  axis(axis: number, rank: number): number {
    if (axis < -rank || axis >= rank) throw this.refusal(`has axis ${axis} for a tensor of rank ${rank}`);
    return normaliseAxis(axis, rank);
  }

  /** `layer (Conv)`, as quoted in errors. */
  get title(): string {
    return `${titleOf(this.node)} (${this.node.opType})`;
  }

  /** The error for a node that is used in a way we do not support. */
  refusal(problem: string): TransfuseError {
    return new TransfuseError('unsupported-model', `${this.title} ${problem}`);
  }

  /** The error for a layer that has nothing left to look at. */
  tooSmall(problem: string): TransfuseError {
    return new TransfuseError(
      'image-too-small',
      `the images are too small for layer ${this.title}: ${problem}; use a larger --size`,
    );
  }

  /** `float32[1,3,224,224], int64[2]`, as quoted in errors. */
  showInputs(): string {
    return this.operands.map(show).join(', ');
  }

  /** The same at the size the network was exported for; undefined while importing at that size. */
  showNativeInputs(): string | undefined {
    const native = this.node.inputs.map((name) => this.surroundings.native(name));
    return native.some((operand) => operand) ? native.map(show).join(', ') : undefined;
  }
}

function show(operand: Operand | undefined): string {
  if (!operand || operand.kind === 'unknown') return 'nothing';
  return operand.kind === 'static'
    ? showType(operand.tensor)
    : operand.value.dtype + showShape(shapeOf(operand)!);
}
