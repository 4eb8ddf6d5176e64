/**
 * @file A model for batches of any size, out of graphs that are each written for one. What depends on the batch is
 * found by writing the same network at several batch sizes and comparing: that asks nothing of the operators.
 */
import { internal } from '../errors.js';
import { int, type OnnxAttributes, type OnnxName } from '../graph/onnx-form.js';
import { int64, sameShape, sameTensor, showType, sizeOf, type Tensor } from '../graph/tensor.js';
import { type OnnxModel, type OnnxNode, type OnnxValueInfo, sameAttributes } from '../onnx/model.js';

/**
 * Two to see how a constant grows with the batch, and a third to see that it does so evenly. Primes that are hardly a
 * network's own sizes: where a batch is as large as some axis, a reshape may be written that is none in other batches.
 */
const SIZES = [101, 103, 107] as const;

/** A constant at each of SIZES. */
type Versions = readonly [Tensor, Tensor, Tensor];

/** What the rewritten model calls its batch size, int64 [1]. */
const BATCH = 'transfuse.batch';

/**
 * A model that computes for a batch of any size what `write` writes for one.
 * @param write the model for `size` images, which is the first dimension of all inputs and outputs; the nodes must be
 * the same for every size, up to constants
 * @param name what stands for the first dimension in the result
 */
export function anyBatch(write: (size: number) => OnnxModel, name: string): OnnxModel {
  const models = SIZES.map(write);
  const [{ graph }] = models;
  const rewriter = new Rewriter();
  if (models.some((model) => model.graph.nodes.length !== graph.nodes.length)) {
    throw internal('the network has other operations in batches of another size');
  }
  graph.nodes.forEach((node, at) => {
    const versions = models.map((model) => model.graph.nodes[at]!);
    if (!versions.every((version) => isSameOperation(node, version))) {
      throw internal(`${node.name} is another operation in batches of another size`);
    }
    const inputs = node.inputs.map((name, i) => {
      const constants = models.map((model, m) => model.graph.initializers.get(versions[m].inputs[i]!));
      return constants[0] ? rewriter.constant(node, i, constants as unknown as Versions) : name;
    });
    rewriter.nodes.push({ ...node, inputs });
  });

  const used = new Set(rewriter.nodes.flatMap(({ inputs }) => inputs));
  const initializers = [...graph.initializers, ...rewriter.initializers].filter(([name]) => used.has(name));
  const declare = (info: OnnxValueInfo): OnnxValueInfo => ({ ...info, shape: info.shape!.with(0, name) });
  const batch = onnxNode('Shape', [graph.inputs[0]!.name], BATCH, { start: int(0), end: int(1) });
  return {
    ...models[0]!,
    graph: {
      ...graph,
      nodes: used.has(BATCH) ? [batch, ...rewriter.nodes] : rewriter.nodes,
      initializers: new Map(initializers),
      inputs: graph.inputs.map(declare),
      outputs: graph.outputs.map(declare),
    },
  };
}

/** Collects the nodes of the rewritten model, with those that compute what were constants. */
class Rewriter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<OnnxName, Tensor>();

  /** What takes the place of a node's constant input. */
  constant(node: OnnxNode, input: number, versions: Versions): OnnxName {
    if (versions.every((version) => sameTensor(version, versions[0]))) return node.inputs[input]!;
    const [{ dtype, shape }] = versions;
    if (
      dtype === 'int64' &&
      shape.length === 1 &&
      versions.every((version) => sameShape(version.shape, shape))
    ) {
      const { fixed, perImage } = growth(node, versions);
      const isOnlySize = perImage.filter((size) => size !== 0).length === 1;
      // A Reshape finds one size out by itself, and then runtimes know all the others beforehand.
      if (node.opType === 'Reshape' && isOnlySize) {
        return this.store(int64(fixed.map((size, i) => (perImage[i] === 0 ? size : -1))));
      }
      return this.sizes(fixed, perImage);
    }
    const row = commonRow(node, versions);
    const ones = row.shape.map((_, axis) => Number(axis > 0));
    const onePerImage = row.shape.map((_, axis) => Number(axis === 0));
    return this.compute('Expand', [this.store(row), this.sizes(ones, onePerImage)]);
  }

  /** fixed + perImage · batch size */
  private sizes(fixed: readonly number[], perImage: readonly number[]): OnnxName {
    const grown = this.compute('Mul', [BATCH, this.store(int64(perImage))]);
    return this.compute('Add', [grown, this.store(int64(fixed))]);
  }

  private compute(opType: string, inputs: readonly OnnxName[]): OnnxName {
    const name = `${BATCH}.${this.nodes.length}`;
    this.nodes.push(onnxNode(opType, inputs, name));
    return name;
  }

  private store(tensor: Tensor): OnnxName {
    const name = `${BATCH}.constant${this.initializers.size}`;
    this.initializers.set(name, tensor);
    return name;
  }
}

/** Integers as fixed + perImage · batch size. */
function growth(node: OnnxNode, versions: Versions): { fixed: number[]; perImage: number[] } {
  const [first, second, third] = versions.map(({ data }) => Array.from(data, Number)) as [
    number[],
    number[],
    number[],
  ];
  const perImage = first.map((value, i) => (second[i]! - value) / (SIZES[1] - SIZES[0]));
  const fixed = first.map((value, i) => value - perImage[i]! * SIZES[0]);
  const isEven = third.every((value, i) => value === fixed[i]! + perImage[i]! * SIZES[2]);
  if (!isEven || !perImage.every(Number.isInteger)) {
    throw internal(`${node.name} depends on the batch size in an uneven way: ${first}, ${second}, ${third}`);
  }
  return { fixed, perImage };
}

/** The row [1,...] of which a constant has one per image, all the same. */
function commonRow(node: OnnxNode, versions: Versions): Tensor {
  const [{ dtype, shape, data }] = versions;
  const rest = shape.slice(1);
  const row: Tensor = { dtype, shape: [1, ...rest], data: data.slice(0, sizeOf(rest)) };
  versions.forEach((version, v) => {
    const rows = Array.from({ length: SIZES[v]! }, (_, i) =>
      version.data.slice(i * row.data.length, (i + 1) * row.data.length),
    );
    const isRepeated =
      sameShape(version.shape, [SIZES[v]!, ...rest]) &&
      rows.every((other) => sameTensor({ ...row, data: other }, row));
    if (!isRepeated)
      throw internal(`${node.name} has constants ${versions.map(showType)} that differ between images`);
  });
  return row;
}

function isSameOperation(a: OnnxNode, b: OnnxNode): boolean {
  const sameArity = a.inputs.length === b.inputs.length && a.outputs.length === b.outputs.length;
  return a.opType === b.opType && sameArity && sameAttributes(a.attributes, b.attributes);
}

function onnxNode(
  opType: string,
  inputs: readonly OnnxName[],
  output: OnnxName,
  attributes: OnnxAttributes = {},
): OnnxNode {
  return { name: `${opType}:${output}`, opType, domain: '', inputs, outputs: [output], attributes };
}
