/** @file Rows for numbers that come from nowhere or from shapes. */
import { sizeOf, type Tensor } from '../../graph/tensor.js';
import { dataOf } from '../tensor-data.js';
import type { Rows } from './call.js';
import { repeated, reshaped, tensorOf } from './fold.js';

export const constantRows: Rows = {
  Constant: (call) => {
    const tensor = call.attribute('value', 'tensor');
    if (tensor) return tensor;
    const { value_float, value_floats, value_int, value_ints } = call.node.attributes;
    if (value_float) return tensorOf('float32', [], [call.float('value_float', 0)]);
    if (value_int) return tensorOf('int64', [], [call.int('value_int', 0)]);
    const floats = value_floats && call.floats('value_floats')!;
    if (floats) return tensorOf('float32', [floats.length], floats);
    const ints = value_ints && call.ints('value_ints')!;
    if (ints) return tensorOf('int64', [ints.length], ints);
    throw call.refusal('holds neither a tensor nor numbers');
  },
  ConstantOfShape: (call) => {
    const shape = call.numbers(0);
    const value: Tensor = call.attribute('value', 'tensor') ?? tensorOf('float32', [1], [0]);
    return repeated(
      reshaped(
        value,
        shape.map(() => 1),
      ),
      shape,
    );
  },
  Range: (call) => {
    const [start, limit, delta] = [0, 1, 2].map((i) => call.number(i)!) as [number, number, number];
    const length = Math.max(0, Math.ceil((limit - start) / delta));
    const { dtype } = call.tensor(0);
    return { dtype, shape: [length], data: dataOf(dtype, length, (i) => start + i * delta) };
  },
  Shape: (call) => {
    const shape = call.shape(0).slice(call.int('start', 0), call.attribute('end', 'int'));
    return tensorOf('int64', [shape.length], shape);
  },
  Size: (call) => tensorOf('int64', [], [sizeOf(call.shape(0))]),
};
