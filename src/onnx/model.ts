/** @file An ONNX model as plain data: what decode.ts reads from bytes and encode.ts writes to them. */
import type { OnnxAttribute as EmittedAttribute, OnnxName } from '../graph/onnx-form.js';
import { sameTensor, type Tensor, type TensorType } from '../graph/tensor.js';

/** Attribute kinds that we write, and two more that only occur in other people's files. */
export type OnnxAttribute =
  | EmittedAttribute
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'graph'; readonly value: OnnxGraph };

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  /** '' is the standard operator set. */
  readonly domain: string;
  readonly inputs: readonly OnnxName[];
  readonly outputs: readonly OnnxName[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A dimension is a size, a name standing for any size, or unknown. */
export type OnnxDimension = number | string | undefined;

export interface OnnxValueInfo {
  readonly name: OnnxName;
  /** The element type in ONNX's numbering, see elementTypes in element-types.ts. */
  readonly elementType: number;
  /** Undefined where the file does not even give the rank. */
  readonly shape: readonly OnnxDimension[] | undefined;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<OnnxName, Tensor>;
  /** Further ones to be written, whose bytes are the file of that name in the model's folder. */
  readonly external?: ReadonlyMap<OnnxName, TensorType>;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  /** Version of each operator set by its domain; '' is the standard one. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Whether two nodes are told the same. */
export function sameAttributes(a: OnnxNode['attributes'], b: OnnxNode['attributes']): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameAttribute(a[name]!, b[name]!))
  );
}

function sameAttribute(a: OnnxAttribute, b: OnnxAttribute): boolean {
  if (a.type === 'tensor') return b.type === 'tensor' && sameTensor(a.value, b.value);
  const [left, right]: (readonly unknown[])[] = [a, b].map(({ value }) => [value].flat());
  return (
    a.type === b.type && left.length === right.length && left.every((item, i) => Object.is(item, right[i]))
  );
}
