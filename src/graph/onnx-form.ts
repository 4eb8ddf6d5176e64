/** @file How an operator says what it is in ONNX: node by node, without knowing about files or bytes. */
import type { Value } from './graph.js';
import type { Tensor } from './tensor.js';

export type OnnxAttribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Tensor };

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

export const int = (value: number): OnnxAttribute => ({ type: 'int', value });
export const ints = (value: readonly number[]): OnnxAttribute => ({ type: 'ints', value });
export const float = (value: number): OnnxAttribute => ({ type: 'float', value });
export const floats = (value: readonly number[]): OnnxAttribute => ({ type: 'floats', value });
export const text = (value: string): OnnxAttribute => ({ type: 'string', value });

/** The name of a tensor in the ONNX graph being written; '' stands for an optional input left out. */
export type OnnxName = string;

/** Operators in ONNX Runtime's blocked layout, by the domain that it gives them (see ops/to-blocked.ts). */
export const BLOCKED = 'com.microsoft.nchwc';

/** What an operator writes its ONNX form to. Operators are the standard's unless a domain is given. */
export interface OnnxForm {
  /** The name of a value of our graph in the ONNX graph. */
  name(value: Value): OnnxName;
  /** Adds a constant (axes, sizes, limits) and returns its name; equal constants are shared. */
  constant(tensor: Tensor): OnnxName;
  /** Adds a node whose single result is an intermediate; returns its name. */
  node(opType: string, inputs: readonly OnnxName[], attributes?: OnnxAttributes, domain?: string): OnnxName;
  /** Adds the node that computes the given values of our graph, in order. */
  result(
    outputs: readonly Value[],
    opType: string,
    inputs: readonly OnnxName[],
    attributes?: OnnxAttributes,
    domain?: string,
  ): void;
}
