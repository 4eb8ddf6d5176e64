/** @file The gradient of a dense strided convolution's input in the blocked layout, as convolutions without stride. */
import type { Value } from '../graph.js';
import { blockedConv } from '../ops/blocked-conv.js';
import type { ConvAttributes } from '../ops/conv.js';
import { slice } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import type { Pads, Pair } from '../ops/window.js';
import { interleaved, placed } from './interleaved.js';
import { blockedKernel } from './kernels.js';
import type { Rule } from './site.js';

/**
 * Under stride s, the rows r of the input with the same r mod s met the same rows of the kernel, every s-th, in output
 * rows one after another: each such phase of the gradient is a convolution with these rows turned. Columns likewise.
 */
export const transposedConvolution: Rule = (site) => {
  const { graph, block, inputs } = site;
  const { strides, pads, dilations, groups, size } = site.node.attributes as ConvAttributes & { size: Pair };
  const [dy, kernel] = inputs as [Value, Value];
  const [height, width] = kernel.shape.slice(2) as [number, number];
  const isPlain = groups === 1 && dilations.every((n) => n === 1);
  const isWithin = pads[0] < height && pads[1] < width && pads[2] < height && pads[3] < width;
  if (!isPlain || !isWithin || !site.isBlockable(0)) return undefined;

  const [down, across] = ([0, 1] as const).map((i) =>
    phasesOf({
      kernel: kernel.shape[2 + i]!,
      stride: strides[i],
      before: pads[i],
      size: size[i],
      places: dy.shape[2 + i]!,
    }),
  );
  const exchanged = transpose(graph, kernel, [1, 0, 2, 3]);
  const convolved = (rows: Phase | undefined, columns: Phase | undefined) => {
    if (!rows || !columns) return undefined;
    const part = slice(graph, exchanged, {
      axes: [2, 3],
      starts: [rows.last, columns.last],
      ends: [rows.end, columns.end],
      steps: [-strides[0], -strides[1]],
    });
    const met = placed(graph, site.blocked(0), {
      block,
      start: [Math.min(rows.before, 0), Math.min(columns.before, 0)],
      size: [rows.taken, columns.taken],
    });
    const padded = [rows.before, columns.before, rows.after, columns.after].map((n) => Math.max(n, 0));
    return blockedConv(graph, met, blockedKernel(graph, part, block), {
      strides: [1, 1],
      pads: padded as unknown as Pads,
      dilations: [1, 1],
      groups: 1,
    });
  };
  const phases = down!.map((rows) => across!.map((columns) => convolved(rows, columns)));
  return site.result(interleaved(graph, phases, { block, size }));
};

interface Line {
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
  /** Of the convolution's input. */
  readonly size: number;
  /** Of its output. */
  readonly places: number;
}

interface Phase {
  /** The last row of the kernel that it met, and where to stop before the first one, from the end. */
  readonly last: number;
  readonly end: number;
  /** Rows of padding around the output's gradient; negative where its rows met nothing of this phase. */
  readonly before: number;
  readonly after: number;
  /** How many rows did. */
  readonly taken: number;
}

/** Undefined where a phase met nothing. */
function phasesOf({ kernel, stride, before, size, places }: Line): (Phase | undefined)[] {
  return Array.from({ length: stride }, (_, phase) => {
    // Row u·stride + phase met row i of the kernel in output row u + shift − (i − first) / stride.
    const first = (phase + before) % stride;
    const shift = Math.floor((phase + before) / stride);
    const met = Math.ceil((kernel - first) / stride);
    const ahead = met - 1 - shift;
    const behind = Math.ceil(size / stride) + shift - places;
    const taken = places + Math.min(ahead, 0) + Math.min(behind, 0);
    if (met < 1 || taken < 1) return undefined;
    return {
      last: first + (met - 1) * stride,
      end: first - 1 - kernel,
      before: ahead,
      after: behind,
      taken,
    };
  });
}
