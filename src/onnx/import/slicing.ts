/** @file Rows for taking tensors apart and putting them together. */
import { concat } from '../../graph/ops/concat.js';
import { pad } from '../../graph/ops/pad.js';
import { reshape } from '../../graph/ops/reshape.js';
import { slice } from '../../graph/ops/slice.js';
import { split } from '../../graph/ops/split.js';
import { transpose } from '../../graph/ops/transpose.js';
import type { Call, Result, Rows } from './call.js';
import { gathered, joined, numbersOf, sliced } from './fold.js';

export const slicingRows: Rows = {
  Concat: (call) => {
    const axis = call.axis(call.int('axis', 1), call.shape(0).length);
    if (call.isStatic) {
      return joined(
        call.operands.map((_, i) => call.tensor(i)),
        axis,
      );
    }
    return concat(
      call.graph,
      call.operands.map((_, i) => call.value(i)),
      axis,
    );
  },
  Split: (call) => {
    const axis = call.axis(call.int('axis', 0), call.shape(0).length);
    const sizes = splitSizes(call, call.shape(0)[axis]!);
    if (!call.isStatic) return split(call.graph, call.value(0), axis, sizes);
    let start = 0;
    return sizes.map((length) =>
      sliced(call.tensor(0), { starts: [start], ends: [(start += length)], axes: [axis], steps: [1] }),
    );
  },
  Slice: (call) => {
    // Attributes before opset 10, inputs since.
    const starts = call.intsFrom('starts', 1) ?? [];
    const ends = call.intsFrom('ends', 2) ?? [];
    const axes = call.intsFrom('axes', 3) ?? [...starts.keys()];
    const steps = (call.has(4) ? call.numbers(4) : undefined) ?? starts.map(() => 1);
    const ranges = { starts, ends, axes, steps };
    return call.isStatic ? sliced(call.tensor(0), ranges) : slice(call.graph, call.value(0), ranges);
  },
  Gather: (call) => {
    const axis = call.axis(call.int('axis', 0), call.shape(0).length);
    return call.isStatic ? gathered(call.tensor(0), call.tensor(1), axis) : gather(call, axis);
  },
  Tile: (call) => {
    const repeats = call.numbers(1);
    if (repeats.every((times) => times === 1)) return call.operand(0);
    return repeats.reduce(
      (tensor, times, axis) => joined(new Array<typeof tensor>(times).fill(tensor), axis),
      call.tensor(0),
    );
  },
  Pad: (call) => {
    const mode = call.text('mode', 'constant');
    if (mode !== 'constant' && mode !== 'reflect' && mode !== 'edge') throw call.refusal(`has mode ${mode}`);
    const given = call.intsFrom('pads', 1) ?? [];
    const value = call.number(2) ?? call.float('value', 0);
    return pad(call.graph, call.value(0), { pads: allAxes(call, given), mode, value });
  },
  SpaceToDepth: (call) => {
    const [n, c, h, w] = call.shape(0) as [number, number, number, number];
    const block = call.int('blocksize', 1);
    const apart = reshape(call.graph, call.value(0), [n, c, h / block, block, w / block, block]);
    const moved = transpose(call.graph, apart, [0, 3, 5, 1, 2, 4]);
    return reshape(call.graph, moved, [n, c * block * block, h / block, w / block]);
  },
  DepthToSpace: (call) => {
    const [n, c, h, w] = call.shape(0) as [number, number, number, number];
    const block = call.int('blocksize', 1);
    const depth = c / (block * block);
    const columnsFirst = call.text('mode', 'DCR') === 'DCR';
    const apart = columnsFirst ? [n, block, block, depth, h, w] : [n, depth, block, block, h, w];
    const order = columnsFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
    const moved = transpose(call.graph, reshape(call.graph, call.value(0), apart), order);
    return reshape(call.graph, moved, [n, depth, h * block, w * block]);
  },
};

/** Given per part, or as one size for all parts but the last, or by the number of parts. */
function splitSizes(call: Call, size: number): readonly number[] {
  const given = call.intsFrom('split', 1);
  if (given && !(call.has(1) && call.shape(1).length === 0)) return given;
  const each = given?.[0] ?? Math.ceil(size / call.int('num_outputs', call.node.outputs.length));
  return Array.from({ length: Math.ceil(size / each) }, (_, i) => Math.min(each, size - i * each));
}

/** Picks indices along an axis: a run of them is a slice, any others are joined one by one. */
function gather(call: Call, axis: number): Result {
  const { graph } = call;
  const x = call.value(0);
  const length = x.shape[axis]!;
  const indices = numbersOf(call.tensor(1)).map((index) => (index < 0 ? index + length : index));
  const run = indices.every((index, i) => index === indices[0]! + i);
  const ranges = run ? [[indices[0]!, indices.at(-1)! + 1]] : indices.map((index) => [index, index + 1]);
  const parts = ranges.map(([start, end]) =>
    slice(graph, x, { starts: [start!], ends: [end!], axes: [axis] }),
  );
  const shape = [...x.shape.slice(0, axis), ...call.shape(1), ...x.shape.slice(axis + 1)];
  return reshape(graph, concat(graph, parts, axis), shape);
}

/** Since opset 18, pads may be given for some axes only. */
function allAxes(call: Call, given: readonly number[]): number[] {
  const rank = call.shape(0).length;
  const axes = call.axesFrom(3, rank);
  if (!axes) return [...given];
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    pads[axis] = given[i]!;
    pads[axis + rank] = given[i + axes.length]!;
  });
  return pads;
}
