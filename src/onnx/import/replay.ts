/** @file Runs through an ONNX graph once and writes it into ours, at one batch and image size. */
import { TransfuseError } from '../../errors.js';
import type { Graph, Value } from '../../graph/graph.js';
import type { BatchStatistics, ParameterInfo, Statistics } from '../../graph/network.js';
import type { Tensor } from '../../graph/tensor.js';
import type { OnnxNode } from '../model.js';
import { BatchNorms } from './batch-norms.js';
import { Call, type Result, type Surroundings } from './call.js';
import { type ImageInput, imageOperand } from './image-input.js';
import type { Operand } from './operand.js';
import { type Claim, type ParameterTable, titleOf } from './parameters.js';
import { rowOf } from './table.js';

/** The part of an ONNX file that is replayed. */
export interface Program {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly opset: number;
  readonly input: ImageInput;
}

export interface ReplayOptions {
  readonly graph: Graph;
  readonly images: Value;
  readonly statistics: Statistics;
  readonly parameters: ParameterTable;
  /** What the names stood for at the network's own image size; absent while importing at that size. */
  readonly native?: ReadonlyMap<string, Operand>;
  /** Results that depend on neither batch nor image size, kept from one replay to the next. */
  readonly permanent: Map<OnnxNode, readonly Operand[]>;
}

export interface Replayed {
  /** What every name of the ONNX graph stands for. */
  readonly operands: ReadonlyMap<string, Operand>;
  readonly batchStatistics: readonly BatchStatistics[];
}

/** Replays a program. A node that cannot be imported makes its results unknown; nothing is thrown for it here. */
export function replay(program: Program, options: ReplayOptions): Replayed {
  const { graph, images, statistics, parameters, native, permanent } = options;
  const operands = new Map<string, Operand>();
  const batchStatistics: BatchStatistics[] = [];
  const values = new Map<ParameterInfo, Value>();
  let insideNetwork = false;

  for (const [name, tensor] of program.initializers) {
    operands.set(name, { kind: 'static', tensor, weight: name, permanent: true });
  }
  operands.set(program.input.name, imageOperand(images, program.input));

  const surroundings: Surroundings = {
    graph,
    opset: program.opset,
    statistics,
    get insideNetwork() {
      return insideNetwork;
    },
    native: (name) => native?.get(name),
    batchNorms: new BatchNorms(program.nodes),
    parameter(claim: Claim) {
      const info = parameters.claim(claim);
      if (info.role === 'kernel') insideNetwork = true;
      const value = () => {
        const known = values.get(info) ?? graph.parameter(info.name, info.role, info.tensor);
        values.set(info, known);
        return known;
      };
      return { info, value };
    },
    addBatchStatistics: (entry) => batchStatistics.push(entry),
  };

  for (const node of program.nodes) {
    const inputs = node.inputs.map((name) =>
      name === '' ? undefined : (operands.get(name) ?? dangling(node, name)),
    );
    const results = permanent.get(node) ?? importNode(node, inputs, surroundings);
    const isPermanent = results.every((result) => result.kind === 'static' && result.permanent);
    if (isPermanent) permanent.set(node, results);
    node.outputs.forEach((name, i) => {
      if (name !== '') operands.set(name, results[i] ?? missingOutput(node, i));
    });
  }
  return { operands, batchStatistics };
}

function importNode(
  node: OnnxNode,
  inputs: readonly (Operand | undefined)[],
  surroundings: Surroundings,
): readonly Operand[] {
  const unknown = inputs.find((input) => input?.kind === 'unknown');
  if (unknown) return node.outputs.map(() => unknown);
  const call = new Call(node, surroundings, inputs as Call['operands']);
  try {
    const results = rowOf(node)(call);
    const permanent = inputs.every((input) => !input || (input.kind === 'static' && input.permanent));
    return (Array.isArray(results) ? results : [results as Result]).map((result) =>
      asOperand(result, permanent),
    );
  } catch (cause) {
    const error = cause instanceof TransfuseError ? cause : misfit(call, cause);
    return node.outputs.map(() => ({ kind: 'unknown', error }));
  }
}

/** Numbers computed from the batch or image size are no weight, whatever went into them. */
function asOperand(result: Result, permanent: boolean): Operand {
  if ('data' in result) return { kind: 'static', tensor: result, permanent };
  if (!('kind' in result)) return { kind: 'computed', value: result };
  return result.kind === 'static' && !permanent
    ? { kind: 'static', tensor: result.tensor, permanent }
    : result;
}

/** The shape rules of our operators throw plain errors: here it is the file that gave them the wrong inputs. */
function misfit(call: Call, cause: unknown): TransfuseError {
  const reason = cause instanceof Error ? cause.message.replace(/^internal: /, '') : String(cause);
  const native = call.showNativeInputs();
  const advice = native
    ? `; at the size it was exported for they were ${native}: use that size, or export with dynamic batch and image size`
    : '';
  const message = `${call.title} cannot be applied to ${call.showInputs()}: ${reason}${advice}`;
  return new TransfuseError('unsupported-model', message, { cause });
}

function dangling(node: OnnxNode, name: string): Operand {
  const message = `${titleOf(node)} (${node.opType}) reads ${name}, which no earlier node computes; the file is damaged`;
  return { kind: 'unknown', error: new TransfuseError('damaged-onnx', message) };
}

function missingOutput(node: OnnxNode, output: number): Operand {
  const message = `output ${output} of ${titleOf(node)} (${node.opType}) is used, but only the first is supported`;
  return { kind: 'unknown', error: new TransfuseError('unsupported-model', message) };
}
