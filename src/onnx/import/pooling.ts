/** @file Rows for pooling. */
import { averagePool } from '../../graph/ops/average-pool.js';
import { globalAveragePool } from '../../graph/ops/global-average-pool.js';
import { globalMaxPool } from '../../graph/ops/global-max-pool.js';
import { maxPool } from '../../graph/ops/max-pool.js';
import { pad } from '../../graph/ops/pad.js';
import type { Call, Rows } from './call.js';
import { shapeOf } from './operand.js';
import { resolveWindow } from './windows.js';

export const poolingRows: Rows = {
  GlobalAveragePool: (call) => globalAveragePool(call.graph, call.value(0)),
  GlobalMaxPool: (call) => globalMaxPool(call.graph, call.value(0)),

  MaxPool: (call) => {
    if (coversWholeMap(call)) return globalMaxPool(call.graph, call.value(0));
    const { kernel, strides, pads, dilations } = resolveWindow(call, kernelOf(call));
    return maxPool(call.graph, call.value(0), { kernel, strides, pads, dilations });
  },

  AveragePool: (call) => {
    if (coversWholeMap(call)) return globalAveragePool(call.graph, call.value(0));
    if (call.ints('dilations')?.some((dilation) => dilation !== 1)) throw call.refusal('is dilated');
    const { kernel, strides, pads, overhang } = resolveWindow(call, kernelOf(call));
    const countIncludePad = call.int('count_include_pad', 0) === 1;
    if (!countIncludePad || Math.max(...overhang) === 0) {
      return averagePool(call.graph, call.value(0), { kernel, strides, pads, countIncludePad });
    }
    // The zeros of the padding count; what a rounded-up size adds beyond them does not.
    const [top, left, bottom, right] = pads;
    const [below, beside] = overhang;
    const padded = pad(call.graph, call.value(0), {
      pads: [0, 0, top, left, 0, 0, bottom - below, right - beside],
      mode: 'constant',
      value: 0,
    });
    return averagePool(call.graph, padded, {
      kernel,
      strides,
      pads: [0, 0, below, beside],
      countIncludePad: false,
    });
  },
};

function kernelOf(call: Call): readonly number[] {
  const kernel = call.ints('kernel_shape');
  if (!kernel) throw call.refusal('has no kernel_shape');
  return kernel;
}

/**
 * Whether the window was exactly the whole map at the size the network was exported for: then global pooling is meant,
 * whatever the size now.
 */
function coversWholeMap(call: Call): boolean {
  const native = call.native(0) ?? call.operand(0);
  const [, , ...sizes] = shapeOf(native) ?? [];
  const unpadded =
    (call.ints('pads') ?? []).every((size) => size === 0) && !call.text('auto_pad', '').startsWith('SAME');
  const kernel = kernelOf(call);
  return (
    unpadded &&
    sizes.length === 2 &&
    Math.max(...kernel) > 1 &&
    kernel.every((size, axis) => size === sizes[axis])
  );
}
