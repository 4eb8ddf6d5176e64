/** @file What an ONNX model is, and whether it can be fine-tuned, as plain data. */
import { stat } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';
import type { Network } from '../graph/network.js';
import { type Role, roles } from '../graph/role.js';
import { sizeOf } from '../graph/tensor.js';
import { type SuggestedPreprocessing, suggestPreprocessing } from '../models/suggested-preprocessing.js';
import { elementTypeName } from '../onnx/element-types.js';
import { importNetwork } from '../onnx/import/index.js';
import type { OnnxValueInfo } from '../onnx/model.js';
import { type OnnxFile, readOnnx } from '../onnx/read.js';
import { type AdapterFacts, parseFacts } from './adapter.js';
import { METADATA_KEY } from './export.js';

export interface ModelInspection {
  readonly kind: 'model';
  readonly name: string;
  readonly sha256: string;
  /** Absent for a built-in network. */
  readonly file?: FileInspection;
  /** Of a model that Transfuse exported. */
  readonly exported?: AdapterFacts;
  /** Absent where the model cannot be used. */
  readonly network?: NetworkInspection;
  /** Why it cannot be used; absent where it can. */
  readonly problem?: { readonly code: string; readonly message: string };
}

export interface FileInspection {
  /** Size of the `.onnx` file; external data lie beside it. */
  readonly bytes: number;
  readonly producer: string;
  /** Version of the standard operator set. */
  readonly opset: number | null;
  /** e.g. `images float32[batch,3,224,224]`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly suggestedPreprocessing: SuggestedPreprocessing;
}

export interface NetworkInspection {
  /** Values per image that the head sees. */
  readonly features: number;
  /** The smallest height and width, where that is known. */
  readonly minimumSize: number | null;
  readonly batchNormLayers: number;
  /** One row per role that occurs. */
  readonly parameters: readonly { readonly role: Role; readonly tensors: number; readonly values: number }[];
}

/**
 * Describes an ONNX file. A model that cannot be used is described as far as possible, with the reason.
 * @throws TransfuseError where the file is no ONNX model at all, or cannot be read
 */
export async function inspectModel(path: string): Promise<ModelInspection> {
  const model = await readOnnx(path);
  const { name, sha256 } = model;
  const described = {
    kind: 'model',
    name,
    sha256,
    file: describeFile(model, (await stat(path)).size),
  } as const;
  const facts = model.metadata[METADATA_KEY];
  if (facts !== undefined) {
    const exported = parseFacts(facts, path);
    const message = `it is fine-tuned and exported already; fine-tune its base, ${exported.base.source}, instead`;
    return { ...described, exported, problem: { code: 'exported-model', message } };
  }
  try {
    return { ...described, network: describeNetwork(importNetwork(model)) };
  } catch (error) {
    if (!(error instanceof TransfuseError)) throw error;
    return { ...described, problem: { code: error.code, message: error.message } };
  }
}

/** Describes a network that is there already, such as a built-in one. */
export function describeNetwork({ features, minimumSize, parameters }: Network): NetworkInspection {
  const ofRole = (role: Role) => parameters.filter((parameter) => parameter.role === role);
  return {
    features,
    minimumSize: minimumSize ?? null,
    batchNormLayers: ofRole('bn-variance').length,
    parameters: roles
      .map((role) => ({
        role,
        tensors: ofRole(role).length,
        values: ofRole(role).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      }))
      .filter(({ tensors }) => tensors > 0),
  };
}

function describeFile(model: OnnxFile, bytes: number): FileInspection {
  const { graph, producer, opsets } = model;
  return {
    bytes,
    producer,
    opset: opsets.get('') ?? null,
    inputs: graph.inputs.filter(({ name }) => !graph.initializers.has(name)).map(showPort),
    outputs: graph.outputs.map(showPort),
    suggestedPreprocessing: suggestPreprocessing(model),
  };
}

function showPort({ name, elementType, shape }: OnnxValueInfo): string {
  const type = elementTypeName(elementType) ?? 'unknown';
  return shape ? `${name} ${type}[${shape.map((size) => size ?? '?').join(',')}]` : `${name} ${type}`;
}
