/**
 * @file What the demonstration does, in numbers: hard enough that the head alone falls clearly short, small enough
 * that three methods fit in three minutes on two cores.
 */
import type { BloodSmearSet } from '../pictures/blood-smear.js';
import type { TrainOptionsInput } from '../runs/options.js';
import type { MethodName } from '../training/methods.js';

export const demoSettings = {
  /** Many test images, so that the intervals tell the methods apart. */
  images: { seed: 1, size: 64, train: 1000, validation: 300, test: 600, difficulty: 0.85 },
  methods: ['fc', 'fc-then-bn', 'fc-then-full'],
  training: {
    model: 'builtin',
    size: 64,
    // Small batches and a constant rate: with so few images it is the number of steps that counts.
    batch: 8,
    epochs: 6,
    schedule: 'constant',
    dropout: 0,
    seed: 1,
  },
} as const satisfies { images: BloodSmearSet; methods: readonly MethodName[]; training: TrainOptionsInput };
