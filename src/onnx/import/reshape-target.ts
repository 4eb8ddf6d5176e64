/** @file The shape that a Reshape asks for, also where it was written down for one batch and image size only. */
import { type Shape, sameShape, showShape, sizeOf } from '../../graph/tensor.js';
import type { Call } from './call.js';
import { numbersOf } from './fold.js';
import { shapeOf } from './operand.js';

/** The resolved shape for a Reshape node: 0 keeps a size, −1 takes what is left. */
export function reshapeTarget(call: Call): Shape {
  const target = call.numbers(1);
  const from = call.shape(0);
  const keepsZero = call.int('allowzero', 0) === 1;
  const native = nativeReshape(call, keepsZero);
  const carried = native && rescaleTarget(native.from, native.to, from);
  // A target computed from the image size is right as it is; one that stayed the same although its input did not, or
  // that does not fit (as with a batch that is left open, but sizes that are not), is carried over.
  const stayed = native && sameShape(native.target, target) && !sameShape(native.from, from);
  const resolved = resolve(from, target, keepsZero);
  const shape = stayed ? (carried ?? resolved) : (resolved ?? carried);
  if (shape) return shape;
  throw call.refusal(
    native
      ? `is fixed to reshaping ${showShape(native.from)} to ${showShape(native.target)} and does not fit ${showShape(from)}; export the network with dynamic batch and image size`
      : `cannot reshape ${showShape(from)} to ${showShape(target)}`,
  );
}

/** The same reshape at the network's own image size. */
function nativeReshape(
  call: Call,
  keepsZero: boolean,
): { from: Shape; target: Shape; to: Shape } | undefined {
  const [input, targetInput] = [call.native(0), call.native(1)];
  const from = input && shapeOf(input);
  if (!from || targetInput?.kind !== 'static') return undefined;
  const target = numbersOf(targetInput.tensor);
  const to = resolve(from, target, keepsZero);
  return to && { from, target, to };
}

function resolve(from: Shape, target: readonly number[], keepsZero: boolean): Shape | undefined {
  const sizes = target.map((size, axis) => (size === 0 && !keepsZero ? (from[axis] ?? 0) : size));
  const known = sizeOf(sizes.filter((size) => size !== -1));
  const resolved = sizes.map((size) => (size === -1 ? sizeOf(from) / known : size));
  return sizeOf(resolved) === sizeOf(from) && resolved.every((size) => Number.isInteger(size) && size >= 0)
    ? resolved
    : undefined;
}

/**
 * What a reshape of `nativeFrom` to `nativeTo` means for another shape of the same rank. Both shapes fall into runs of
 * axes with equal products, such as [1 | 116 | 28 | 28] → [1 | 2, 58 | 28 | 28]. A run that did not change stays as it
 * is; one that did, and has a single axis that is not 1, gives that axis its new size.
 * @returns undefined where that leaves the sizes open
 */
export function rescaleTarget(nativeFrom: Shape, nativeTo: Shape, from: Shape): Shape | undefined {
  if (nativeFrom.length !== from.length) return undefined;
  const result: number[] = [];
  let [read, written] = [0, 0];
  while (read < nativeFrom.length || written < nativeTo.length) {
    const [readEnd, writtenEnd] = endOfRun(nativeFrom, nativeTo, read, written);
    const [before, now] = [sizeOf(nativeFrom.slice(read, readEnd)), sizeOf(from.slice(read, readEnd))];
    const run = nativeTo.slice(written, writtenEnd);
    const free = run.length === 1 ? [0] : [...run.keys()].filter((axis) => run[axis] !== 1);
    if (before === now) result.push(...run);
    else if (free.length === 1) result.push(...run.with(free[0]!, now));
    else return undefined;
    [read, written] = [readEnd, writtenEnd];
  }
  return result;
}

/** The shortest runs from here on with equal products; runs of one axis each where both sizes agree. */
function endOfRun(from: Shape, to: Shape, start: number, startTo: number): [number, number] {
  let [end, endTo] = [start + 1, startTo + 1];
  let [product, productTo] = [from[start] ?? 1, to[startTo] ?? 1];
  while (product !== productTo && (end < from.length || endTo < to.length)) {
    if (endTo >= to.length || (product < productTo && end < from.length)) product *= from[end++]!;
    else productTo *= to[endTo++]!;
  }
  return [Math.min(end, from.length), Math.min(endTo, to.length)];
}
