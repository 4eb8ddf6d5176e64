/** @file Finds where a classifier's own top begins, by walking back through the bottlenecks of its graph. */
import { TransfuseError } from '../../errors.js';
import { type Shape, showShape, sizeOf } from '../../graph/tensor.js';
import type { OnnxGraph, OnnxNode } from '../model.js';
import { type Operand, shapeOf } from './operand.js';

/** Where the features are. */
export interface Features {
  /** The name of the feature map or vector in the ONNX graph. */
  readonly name: string;
  /** Whether it is a map [N,C,H,W], still to be averaged over its pixels. */
  readonly isMap: boolean;
}

type Operands = ReadonlyMap<string, Operand>;

/**
 * Finds the features of a network that has been imported at its own image size: what its global pooling gives, be it
 * followed by a classifier or not. Where a classifier reads the last map without pooling it (VGG), or is a convolution
 * that is pooled afterwards (SqueezeNet), it is the map before. Dense layers between the pooling and the classes
 * belong to the top, as they do in Keras' `include_top=False`.
 * @throws TransfuseError where the features depend on something that could not be imported
 */
export function findFeatures(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  input: string,
  operands: Operands,
): Features {
  const flow = new Flow(nodes, operands);
  const output = flow.deepest(graph.outputs.map(({ name }) => name));
  const path = flow.bottlenecks(output, input);
  const last = path.findLastIndex((name) => isMap(flow.shape(name)));
  if (last < 0) throw flow.errorOf(output) ?? noMap(flow.shape(output));

  const map = path[last]!;
  const [batch] = flow.shape(map)!;
  const size = sizeOf(flow.shape(map)!);
  for (const name of path.slice(last + 1)) {
    const shape = flow.shape(name);
    if (!shape) throw flow.errorOf(name)!;
    if (!isVector(shape) || shape[0] !== batch) continue;
    // Flattened, or by a convolution as large as the map: what VGG's dense layers come as.
    if (sizeOf(shape) === size || flow.isConvolutionOf(name, map)) break;
    const classifier = flow.hasWeightsBetween(output, map) ? undefined : flow.pooledClassifier(map);
    return classifier ? { name: classifier, isMap: true } : { name, isMap: false };
  }
  const shape = flow.shape(output);
  if (shape && !isVector(shape) && flow.hasWeightsBetween(output, map)) throw notPooled(shape);
  return { name: map, isMap: true };
}

/** The nodes that a name depends on, in order. */
export function nodesBefore(nodes: readonly OnnxNode[], name: string): OnnxNode[] {
  const needed = new Set([name]);
  const kept = nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((output) => needed.has(output))) return false;
    for (const input of inputs) needed.add(input);
    return true;
  });
  return kept.reverse();
}

/** At least two axes besides the batch's that are longer than 1: channels and pixels, whatever their order. */
function isMap(shape: Shape | undefined): boolean {
  return shape?.length === 4 && shape.slice(1).filter((size) => size > 1).length >= 2;
}

function isVector(shape: Shape): boolean {
  return shape.length >= 2 && shape.slice(1).filter((size) => size > 1).length <= 1;
}

function noMap(shape: Shape | undefined): TransfuseError {
  const found = shape ? `its output is ${showShape(shape)}` : 'it has no output';
  return new TransfuseError(
    'not-an-image-network',
    `the network has no feature map [N,C,H,W] on its way; ${found}`,
  );
}

function notPooled(shape: Shape): TransfuseError {
  return new TransfuseError(
    'not-an-image-network',
    `the network's output ${showShape(shape)} is neither classes [N,K] nor features [N,C] or [N,C,H,W], as of a detector; export its backbone alone`,
  );
}

/** What depends on the images, and how. */
class Flow {
  private readonly producers = new Map<string, { node: OnnxNode; position: number }>();

  constructor(
    nodes: readonly OnnxNode[],
    private readonly operands: Operands,
  ) {
    nodes.forEach((node, position) => {
      for (const output of node.outputs) this.producers.set(output, { node, position });
    });
  }

  shape(name: string): Shape | undefined {
    const operand = this.operands.get(name);
    return operand && shapeOf(operand);
  }

  errorOf(name: string): TransfuseError | undefined {
    const operand = this.operands.get(name);
    return operand?.kind === 'unknown' ? operand.error : undefined;
  }

  /** Of several outputs the one that most nodes lead to; the first of equals. */
  deepest(outputs: readonly string[]): string {
    const nodes = [...this.producers.values()].map(({ node }) => node);
    const depths = outputs.map((name) => nodesBefore(nodes, name).length);
    return outputs[depths.indexOf(Math.max(...depths))]!;
  }

  /** The names that every way from `input` to `output` passes, from the first to `output` itself. */
  bottlenecks(output: string, input: string): string[] {
    const found: string[] = [];
    let frontier = new Set([output]);
    while (frontier.size > 0) {
      const latest = [...frontier].reduce((a, b) => (this.position(a) > this.position(b) ? a : b));
      if (frontier.size === 1) found.push(latest);
      if (latest === input) break;
      const node = this.producers.get(latest)?.node;
      frontier = new Set([...frontier].filter((name) => !node?.outputs.includes(name) && name !== latest));
      for (const name of this.dynamicInputs(node)) frontier.add(name);
    }
    return found.reverse();
  }

  /** Whether a kernel takes part in computing `to` from `from`. */
  hasWeightsBetween(to: string, from: string): boolean {
    const open = [to];
    const seen = new Set([from]);
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const node = this.producers.get(name)?.node;
      if (node && ['Conv', 'Gemm', 'MatMul'].includes(node.opType)) return true;
      open.push(...this.dynamicInputs(node));
    }
    return false;
  }

  /** Whether `name` is a convolution of `map`, and no more. */
  isConvolutionOf(name: string, map: string): boolean {
    const node = this.producers.get(name)?.node;
    return (
      node?.opType === 'Conv' &&
      this.upstream(node.inputs[0]!, ['Dropout', 'Identity'])?.outputs[0] ===
        this.upstream(map, ['Dropout', 'Identity'])?.outputs[0]
    );
  }

  /**
   * Where a map that is pooled comes straight from a 1×1 convolution with a bias and no batch norm, that convolution
   * gives one plane per class: the name of what it reads.
   */
  pooledClassifier(map: string): string | undefined {
    const node = this.upstream(map, ['Relu', 'Dropout', 'Identity']);
    const kernel = node?.opType === 'Conv' && this.shape(node.inputs[1]!);
    if (!node?.inputs[2] || !kernel || sizeOf(kernel.slice(2)) !== 1) return undefined;
    const read = this.upstream(node.inputs[0]!, ['Dropout', 'Identity']);
    return read?.outputs[0];
  }

  /** The node that gives `name`, beyond those of the given kinds. */
  private upstream(name: string, kinds: readonly string[]): OnnxNode | undefined {
    const node = this.producers.get(name)?.node;
    const [source] = node && kinds.includes(node.opType) ? this.dynamicInputs(node) : [];
    return source === undefined ? node : this.upstream(source, kinds);
  }

  /** Inputs that depend on the images. Only earlier nodes count: a damaged file may go round in circles. */
  private dynamicInputs(node: OnnxNode | undefined): string[] {
    if (!node) return [];
    const position = this.position(node.outputs[0]!);
    return node.inputs.filter((name) => {
      const operand = this.operands.get(name);
      return operand && operand.kind !== 'static' && this.position(name) < position;
    });
  }

  private position(name: string): number {
    return this.producers.get(name)?.position ?? -1;
  }
}
