/** @file Protobuf bytes → ONNX model. Field numbers are those of the ONNX schema (onnx.proto). */
import { TransfuseError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { OnnxAttribute, OnnxDimension, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from './model.js';
import { type Field, fieldsOf, MalformedProtobuf } from './protobuf.js';
import { decodeTensor, type ReadExternal, readEntry } from './tensor-data.js';

/** Fields of ModelProto that come before or instead of the graph, by number; anything else is another format. */
const MODEL_FIELDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]);

/** Subgraphs within subgraphs beyond this depth are no network but an attempt to exhaust the stack. */
const MAX_DEPTH = 16;

export interface DecodeOptions {
  /** What to call the file in errors. */
  readonly name?: string;
  /** Fetches values that are kept outside the file. */
  readonly readExternal?: ReadExternal;
}

/**
 * Reads the bytes of an `.onnx` file.
 * @throws TransfuseError `not-onnx`, `truncated-onnx`, `damaged-onnx`, `no-graph`, `external-data-missing`,
 * `unsupported-element-type`
 */
export function decodeOnnx(bytes: Uint8Array, options: DecodeOptions = {}): OnnxModel {
  const { name = 'the model', readExternal = refuseExternal } = options;
  const fields = modelFields(bytes, name);
  try {
    return new Decoder(readExternal).model(fields, name);
  } catch (error) {
    if (!(error instanceof MalformedProtobuf)) throw error;
    throw new TransfuseError('damaged-onnx', `${name} is damaged: ${error.message}; get a fresh copy of it`);
  }
}

function modelFields(bytes: Uint8Array, name: string): Field[] {
  const fields: Field[] = [];
  try {
    for (const field of fieldsOf(bytes)) fields.push(field);
  } catch (error) {
    if (!(error instanceof MalformedProtobuf)) throw error;
    if (!looksLikeModel(fields)) throw notOnnx(name);
    throw new TransfuseError(
      'truncated-onnx',
      `${name} is truncated: it has ${bytes.length} of at least ${error.end} bytes; download or export it again`,
    );
  }
  if (!looksLikeModel(fields)) throw notOnnx(name);
  return fields;
}

/** Every field is one of ModelProto's, and the format version (field 1) is there. */
function looksLikeModel(fields: readonly Field[]): boolean {
  try {
    const versions = fields.filter((field) => field.number === 1).map((field) => field.int());
    return versions.length === 1 && fields.every((field) => MODEL_FIELDS.has(field.number));
  } catch {
    return false;
  }
}

function notOnnx(name: string): TransfuseError {
  return new TransfuseError(
    'not-onnx',
    `${name} is not an ONNX file; Transfuse reads networks exported to .onnx`,
  );
}

const refuseExternal: ReadExternal = (tensor, { location }) => {
  throw new TransfuseError(
    'external-data-missing',
    `tensor ${tensor} keeps its values in ${location}; give the path of the model so that the file beside it can be read`,
  );
};

class Decoder {
  constructor(private readonly readExternal: ReadExternal) {}

  model(fields: readonly Field[], name: string): OnnxModel {
    const opsets = new Map<string, number>();
    const metadata = new Map<string, string>();
    let [irVersion, producer] = [0, ''];
    let graph: OnnxGraph | undefined;
    for (const field of fields) {
      if (field.number === 1) irVersion = field.int();
      else if (field.number === 2) producer = field.text();
      else if (field.number === 7) graph = this.graph(field.bytes(), 0);
      else if (field.number === 8) opsets.set(...readOpset(field));
      else if (field.number === 14) readEntry(field, metadata);
    }
    if (!graph || graph.nodes.length === 0) {
      throw new TransfuseError(
        'no-graph',
        `${name} holds no graph; export the whole network, not its weights`,
      );
    }
    return { irVersion, producer, opsets, graph, metadata: Object.fromEntries(metadata) };
  }

  private graph(message: Uint8Array, depth: number): OnnxGraph {
    if (depth > MAX_DEPTH) throw new MalformedProtobuf(`subgraphs are nested more than ${MAX_DEPTH} deep`);
    const initializers = new Map<string, Tensor>();
    const nodes: OnnxNode[] = [];
    const inputs: OnnxValueInfo[] = [];
    const outputs: OnnxValueInfo[] = [];
    let graphName = '';
    for (const field of fieldsOf(message)) {
      if (field.number === 1) nodes.push(this.node(field.bytes(), depth));
      else if (field.number === 2) graphName = field.text();
      else if (field.number === 5) {
        const { name, tensor } = decodeTensor(field.bytes(), this.readExternal);
        initializers.set(name, tensor);
      } else if (field.number === 11) inputs.push(readValueInfo(field));
      else if (field.number === 12) outputs.push(readValueInfo(field));
      else if (field.number === 15) throw new MalformedProtobuf('sparse initializers are not supported');
    }
    return { name: graphName, nodes, initializers, inputs, outputs };
  }

  private node(message: Uint8Array, depth: number): OnnxNode {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes: [string, OnnxAttribute][] = [];
    let [name, opType, domain] = ['', '', ''];
    for (const field of fieldsOf(message)) {
      if (field.number === 1) inputs.push(field.text());
      else if (field.number === 2) outputs.push(field.text());
      else if (field.number === 3) name = field.text();
      else if (field.number === 4) opType = field.text();
      else if (field.number === 5) attributes.push(...this.attribute(field.bytes(), depth));
      else if (field.number === 7) domain = field.text();
    }
    if (domain === 'ai.onnx') domain = '';
    return { name, opType, domain, inputs, outputs, attributes: Object.fromEntries(attributes) };
  }

  /** No entry for the kinds that only control flow and sequences use: those operators are refused anyway. */
  private attribute(message: Uint8Array, depth: number): [string, OnnxAttribute][] {
    const ints: number[][] = [];
    const floats: number[][] = [];
    const strings: string[] = [];
    let [name, type] = ['', 0];
    let single: OnnxAttribute | undefined;
    for (const field of fieldsOf(message)) {
      if (field.number === 1) name = field.text();
      else if (field.number === 2) single = { type: 'float', value: field.float() };
      else if (field.number === 3) single = { type: 'int', value: field.int() };
      else if (field.number === 4) single = { type: 'string', value: field.text() };
      else if (field.number === 5)
        single = { type: 'tensor', value: decodeTensor(field.bytes(), this.readExternal).tensor };
      else if (field.number === 6) single = { type: 'graph', value: this.graph(field.bytes(), depth + 1) };
      else if (field.number === 7) floats.push(field.floats());
      else if (field.number === 8) ints.push(field.ints());
      else if (field.number === 9) strings.push(field.text());
      else if (field.number === 20) type = field.int();
    }
    const lists: Record<number, OnnxAttribute> = {
      6: { type: 'floats', value: floats.flat() },
      7: { type: 'ints', value: ints.flat() },
      8: { type: 'strings', value: strings },
    };
    const value = single ?? lists[type] ?? Object.values(lists).find((list) => (list.value as []).length > 0);
    return value ? [[name, value]] : [];
  }
}

function readOpset(field: Field): [string, number] {
  let [domain, version] = ['', 0];
  for (const part of fieldsOf(field.bytes())) {
    if (part.number === 1) domain = part.text();
    else if (part.number === 2) version = part.int();
  }
  return [domain === 'ai.onnx' ? '' : domain, version];
}

function readValueInfo(field: Field): OnnxValueInfo {
  let name = '';
  let [elementType, shape] = [0, undefined as OnnxDimension[] | undefined];
  for (const part of fieldsOf(field.bytes())) {
    if (part.number === 1) name = part.text();
    else if (part.number === 2) [elementType, shape] = readType(part);
  }
  return { name, elementType, shape };
}

/** TypeProto: the element type and shape of its tensor type; element type 0 for sequences and maps. */
function readType(field: Field): [number, OnnxDimension[] | undefined] {
  let [elementType, shape] = [0, undefined as OnnxDimension[] | undefined];
  for (const tensorType of fieldsOf(field.bytes())) {
    if (tensorType.number !== 1) continue;
    for (const part of fieldsOf(tensorType.bytes())) {
      if (part.number === 1) elementType = part.int();
      else if (part.number === 2) {
        shape = [...fieldsOf(part.bytes())]
          .filter((dimension) => dimension.number === 1)
          .map((dimension) => readDimension(dimension));
      }
    }
  }
  return [elementType, shape];
}

function readDimension(field: Field): OnnxDimension {
  let dimension: OnnxDimension;
  for (const part of fieldsOf(field.bytes())) {
    if (part.number === 1) dimension = part.int();
    else if (part.number === 2) dimension = part.text();
  }
  return dimension;
}
