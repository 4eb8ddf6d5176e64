/** @file How tests train, unless they say otherwise. */

import type { FitOptions } from '../../src/training/loop.js';
import { type Phase, resolveMethod } from '../../src/training/methods.js';

export function fitOptions(method: string | readonly Phase[], more: Partial<FitOptions> = {}): FitOptions {
  return {
    phases: typeof method === 'string' ? resolveMethod(method).phases : method,
    batch: 10,
    optimiser: { name: 'adam' },
    schedule: { name: 'plateau' },
    patience: 6,
    seed: 3,
    dropout: 0.25,
    threads: 1,
    ...more,
  };
}
