/** @file ONNX model → protobuf bytes. Field numbers are those of the ONNX schema (onnx.proto). */
import { PbfWriter } from 'pbf';
import type { Tensor, TensorType } from '../graph/tensor.js';
import { elementTypes } from './element-types.js';
import type { OnnxAttribute, OnnxDimension, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from './model.js';

/** The bytes of an `.onnx` file. A model beyond 2 GiB does not fit the format. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const pbf = new PbfWriter();
  writeModel(model, pbf);
  return pbf.finish();
}

function writeModel(model: OnnxModel, pbf: PbfWriter): void {
  pbf.writeVarintField(1, model.irVersion);
  pbf.writeStringField(2, model.producer);
  pbf.writeMessage(7, writeGraph, model.graph);
  for (const [domain, version] of model.opsets) pbf.writeMessage(8, writeOpset, { domain, version });
  for (const [key, value] of Object.entries(model.metadata)) pbf.writeMessage(14, writeEntry, { key, value });
}

function writeOpset(opset: { domain: string; version: number }, pbf: PbfWriter): void {
  pbf.writeStringField(1, opset.domain);
  pbf.writeVarintField(2, opset.version);
}

function writeEntry(entry: { key: string; value: string }, pbf: PbfWriter): void {
  pbf.writeStringField(1, entry.key);
  pbf.writeStringField(2, entry.value);
}

function writeGraph(graph: OnnxGraph, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, graph.name);
  for (const [name, tensor] of graph.initializers) pbf.writeMessage(5, writeTensor, { name, tensor });
  for (const [name, type] of graph.external ?? []) pbf.writeMessage(5, writeExternal, { name, type });
  for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
  for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
}

function writeNode(node: OnnxNode, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  if (node.name) pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.opType);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    pbf.writeMessage(5, writeAttribute, { name, attribute });
  }
  if (node.domain) pbf.writeStringField(7, node.domain);
}

const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 };

function writeAttribute(
  { name, attribute }: { name: string; attribute: OnnxAttribute },
  pbf: PbfWriter,
): void {
  pbf.writeStringField(1, name);
  switch (attribute.type) {
    case 'float':
      pbf.writeFloatField(2, attribute.value);
      break;
    case 'int':
      pbf.writeVarintField(3, attribute.value);
      break;
    case 'string':
      pbf.writeBytesField(4, new TextEncoder().encode(attribute.value));
      break;
    case 'tensor':
      pbf.writeMessage(5, writeTensor, { name: '', tensor: attribute.value });
      break;
    case 'graph':
      pbf.writeMessage(6, writeGraph, attribute.value);
      break;
    case 'floats':
      for (const value of attribute.value) pbf.writeFloatField(7, value);
      break;
    case 'ints':
      for (const value of attribute.value) pbf.writeVarintField(8, value);
      break;
    case 'strings':
      for (const value of attribute.value) pbf.writeBytesField(9, new TextEncoder().encode(value));
      break;
  }
  pbf.writeVarintField(20, attributeTypes[attribute.type]);
}

function writeTensor({ name, tensor }: { name: string; tensor: Tensor }, pbf: PbfWriter): void {
  writeTensorHead(name, tensor, pbf);
  const { buffer, byteOffset, byteLength } = tensor.data;
  pbf.writeBytesField(9, new Uint8Array(buffer, byteOffset, byteLength));
}

const EXTERNAL = 1;

function writeExternal({ name, type }: { name: string; type: TensorType }, pbf: PbfWriter): void {
  writeTensorHead(name, type, pbf);
  pbf.writeMessage(13, writeEntry, { key: 'location', value: name });
  pbf.writeVarintField(14, EXTERNAL);
}

function writeTensorHead(name: string, { dtype, shape }: TensorType, pbf: PbfWriter): void {
  for (const size of shape) pbf.writeVarintField(1, size);
  pbf.writeVarintField(2, elementTypes[dtype]);
  if (name) pbf.writeStringField(8, name);
}

function writeValueInfo(info: OnnxValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, info.name);
  pbf.writeMessage(2, writeType, { elementType: info.elementType, shape: info.shape });
}

interface TypedShape {
  elementType: number;
  shape: readonly OnnxDimension[] | undefined;
}

function writeType(type: TypedShape, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, type);
}

function writeTensorType({ elementType, shape }: TypedShape, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementType);
  if (shape) pbf.writeMessage(2, writeShape, shape);
}

function writeShape(shape: readonly OnnxDimension[], pbf: PbfWriter): void {
  for (const dimension of shape) pbf.writeMessage(1, writeDimension, dimension);
}

function writeDimension(dimension: OnnxDimension, pbf: PbfWriter): void {
  if (typeof dimension === 'number') pbf.writeVarintField(1, dimension);
  else if (dimension !== undefined) pbf.writeStringField(2, dimension);
}
