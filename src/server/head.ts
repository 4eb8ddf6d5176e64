/** @file An adapter's head, applied to the features that the shared base computed. */
import type { Head } from '../models/head.js';
import type { Task } from '../task.js';

/** Probabilities [K] of features [F]: a sigmoid each, or a softmax over the classes. */
export function headProbabilities(task: Task, { kernel, bias }: Head, features: Float32Array): Float32Array {
  const outputs = bias.shape[0]!;
  const weights = kernel.data as Float32Array;
  const logits = Float64Array.from(bias.data as Float32Array);
  for (let f = 0, w = 0; f < features.length; f++) {
    for (let k = 0; k < outputs; k++, w++) logits[k]! += features[f]! * weights[w]!;
  }
  if (task !== 'multi-class') return Float32Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}
