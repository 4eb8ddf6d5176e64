/** @file Small ONNX files written by hand, as old exporters, Keras and the model zoo write them. */
import { float, int, ints, type OnnxAttribute, text } from '../../src/graph/onnx-form.js';
import { float32, type Shape, sizeOf, type Tensor } from '../../src/graph/tensor.js';
import { elementTypes } from '../../src/onnx/element-types.js';
import type { OnnxDimension, OnnxModel, OnnxNode } from '../../src/onnx/model.js';
import { Random } from '../../src/random.js';

type Attributes = Readonly<Record<string, number | string | readonly number[] | OnnxAttribute>>;

/** A node; numbers become ints, `{ type: 'float', … }` says otherwise. */
export function node(
  opType: string,
  inputs: string | readonly string[],
  output: string | readonly string[],
  attributes: Attributes = {},
  domain = '',
): OnnxNode {
  const outputs = typeof output === 'string' ? [output] : output;
  return {
    name: `node ${outputs[0]}`,
    opType,
    domain,
    inputs: typeof inputs === 'string' ? inputs.split(' ').map((name) => (name === '-' ? '' : name)) : inputs,
    outputs,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, attribute(value)]),
    ),
  };
}

function attribute(value: Attributes[string]): OnnxAttribute {
  if (typeof value === 'number') return int(value);
  if (typeof value === 'string') return text(value);
  return Array.isArray(value) ? ints(value) : (value as OnnxAttribute);
}

export { float };

export interface ModelParts {
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly weights: Readonly<Record<string, Tensor>>;
  /** `images`, unless told otherwise. */
  readonly input?: string;
  readonly inputShape: readonly OnnxDimension[];
  readonly outputs: readonly string[];
}

export function onnxModel({
  opset,
  nodes,
  weights,
  input = 'images',
  inputShape,
  outputs,
}: ModelParts): OnnxModel {
  return {
    irVersion: opset < 10 ? 4 : 8,
    producer: 'test',
    opsets: new Map([['', opset]]),
    graph: {
      name: 'test',
      nodes,
      initializers: new Map(Object.entries(weights)),
      inputs: [{ name: input, elementType: elementTypes.float32, shape: inputShape }],
      outputs: outputs.map((name) => ({ name, elementType: elementTypes.float32, shape: undefined })),
    },
    metadata: {},
  };
}

/** Seeded weights between `low` and `high`. */
export function weight(shape: Shape, seed: number, low = -0.5, high = 0.5): Tensor {
  const random = new Random(seed);
  return float32(
    Float32Array.from({ length: sizeOf(shape) }, () => random.between(low, high)),
    shape,
  );
}

/** The four weights of a batch norm, named `<layer>.scale`, `.centre`, `.mean` and `.variance`. */
export function batchNormWeights(layer: string, channels: number, seed = channels): Record<string, Tensor> {
  return {
    [`${layer}.scale`]: weight([channels], seed + 1, 0.5, 1.5),
    [`${layer}.centre`]: weight([channels], seed + 2),
    [`${layer}.mean`]: weight([channels], seed + 3),
    [`${layer}.variance`]: weight([channels], seed + 4, 0.5, 1.5),
  };
}

/** Batch norm of `x` with the weights named after its output. */
export function batchNorm(x: string, layer: string, attributes: Attributes = {}): OnnxNode {
  const inputs = [
    x,
    ...['scale', 'centre', 'mean', 'variance'].map((weightName) => `${layer}.${weightName}`),
  ];
  return node('BatchNormalization', inputs, layer, attributes);
}
