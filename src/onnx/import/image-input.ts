/** @file Which input of an ONNX graph takes the images, and in which layout and size. */
import { TransfuseError } from '../../errors.js';
import type { Value } from '../../graph/graph.js';
import { elementTypeName } from '../element-types.js';
import type { OnnxDimension, OnnxGraph, OnnxNode, OnnxValueInfo } from '../model.js';
import { type ComputedOperand, reordered } from './operand.js';

export interface ImageInput {
  readonly name: string;
  readonly layout: 'channels-first' | 'channels-last';
  /** The sizes it was exported for; undefined where it takes any. */
  readonly batch: number | undefined;
  readonly height: number | undefined;
  readonly width: number | undefined;
}

const imageTypes = ['float32', 'float16', 'float64', 'bfloat16', 'uint8'];

/**
 * Finds the image input.
 * @throws TransfuseError `not-an-image-network` unless there is one input, of images with 3 channels
 */
export function findImageInput(graph: OnnxGraph): ImageInput {
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    const given = input ? `${inputs.length} inputs (${inputs.map(show).join('; ')})` : 'no input';
    throw refusal(`the network has ${given}; it must have one, which takes images`);
  }
  const type = elementTypeName(input.elementType);
  if (!type || !imageTypes.includes(type)) {
    throw refusal(
      `its input ${show(input)} holds ${type ?? 'no tensors'}; images are one of ${imageTypes.join(', ')}`,
    );
  }
  const shape = input.shape ?? [undefined, undefined, undefined, undefined];
  if (shape.length !== 4)
    throw refusal(`its input ${show(input)} is no batch of images, [N,3,H,W] or [N,H,W,3]`);
  return { name: input.name, ...layoutOf(input, shape, graph.nodes) };
}

/** Images [N,3,H,W] as the network's input: in its own layout, at no cost. */
export function imageOperand(images: Value, { layout }: ImageInput): ComputedOperand {
  const operand: ComputedOperand = { kind: 'computed', value: images };
  return layout === 'channels-first' ? operand : reordered(operand, [0, 2, 3, 1]);
}

function layoutOf(
  input: OnnxValueInfo,
  shape: readonly OnnxDimension[],
  nodes: readonly OnnxNode[],
): Omit<ImageInput, 'name'> {
  const [batch, second, third, fourth] = shape.map(sizeOf) as (number | undefined)[];
  if (second === 3 || (second === undefined && fourth !== 3 && !isTransposedAtOnce(input.name, nodes))) {
    return { layout: 'channels-first', batch, height: third, width: fourth };
  }
  if (fourth === 3 || (fourth === undefined && second === undefined)) {
    return { layout: 'channels-last', batch, height: second, width: third };
  }
  const channels = [second, fourth].find((size) => size !== undefined && size <= 4);
  const found = channels === 1 ? 'grey images (1 channel)' : `${channels ?? 'an unusual number of'} channels`;
  throw refusal(`its input ${show(input)} takes ${found}; it must take RGB images, [N,3,H,W] or [N,H,W,3]`);
}

/** A dimension that is known; exporters write 0 and −1 for unknown ones, too. */
function sizeOf(dimension: OnnxDimension): number | undefined {
  return typeof dimension === 'number' && dimension > 0 ? dimension : undefined;
}

function isTransposedAtOnce(name: string, nodes: readonly OnnxNode[]): boolean {
  const readers = nodes.filter(({ inputs }) => inputs.includes(name));
  return readers.length > 0 && readers.every(({ opType }) => opType === 'Transpose');
}

function show({ name, shape }: OnnxValueInfo): string {
  return shape ? `${name}[${shape.map((size) => size ?? '?').join(',')}]` : name;
}

function refusal(message: string): TransfuseError {
  return new TransfuseError('not-an-image-network', message);
}
