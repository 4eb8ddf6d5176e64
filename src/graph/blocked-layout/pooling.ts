/** @file Pooling in the blocked layout. */
import { int } from '../onnx-form.js';
import { blockedPool } from '../ops/blocked-pool.js';
import { type Window, windowAttributes } from '../ops/window.js';
import type { Rule } from './site.js';

export const pooling =
  (kind: 'MaxPool' | 'AveragePool'): Rule =>
  (site) => {
    if (!site.isBlocked(0)) return undefined;
    const { outputs, attributes } = site.node;
    const { countIncludePad, ...window } = attributes as Window & { readonly countIncludePad?: boolean };
    const { dilations = [1, 1] } = window;
    if (dilations.some((n) => n !== 1)) return undefined;
    const [height, width] = outputs[0]!.shape.slice(2) as [number, number];
    const { dilations: _, ...onnx } = windowAttributes({ ...window, dilations });
    return site.result(
      blockedPool(site.graph, site.blocked(0), kind, [height, width], {
        ...onnx,
        ...(kind === 'AveragePool' && { count_include_pad: int(Number(countIncludePad)) }),
      }),
    );
  };

export const globalPooling: Rule = (site) =>
  site.isBlocked(0)
    ? site.result(blockedPool(site.graph, site.blocked(0), 'GlobalAveragePool', [1, 1]))
    : undefined;
