/** @file ONNX's numbering of element types (TensorProto.DataType). */
import type { DType } from '../graph/tensor.js';

/** Every element type's number; those beyond DType only occur in files we read. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const satisfies Record<DType, number> & Record<string, number>;

export type ElementType = keyof typeof elementTypes;

/** The name of an element type's number, or undefined for one we do not know. */
export function elementTypeName(number: number): ElementType | undefined {
  return (Object.keys(elementTypes) as ElementType[]).find((name) => elementTypes[name] === number);
}
