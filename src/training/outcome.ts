/** @file From logits to probabilities and the loss, in double precision. */
import { outputsOf, type Task } from '../task.js';

/** Logits [n,K] → probabilities [n,K]: a sigmoid each, or a softmax over each row. */
export function probabilitiesFrom(task: Task, logits: Float32Array, outputs: number): Float32Array {
  if (task !== 'multi-class') return logits.map((z) => 1 / (1 + Math.exp(-z)));
  const probabilities = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += outputs) {
    const logNorm = logSumExp(logits, row, outputs);
    for (let k = row; k < row + outputs; k++) probabilities[k] = Math.exp(logits[k] - logNorm);
  }
  return probabilities;
}

/** The mean cross-entropy over samples (and labels, for sigmoid outputs), in nats. */
export function meanLoss(
  task: Task,
  classes: readonly string[],
  logits: Float32Array,
  targets: Float32Array,
): number {
  const losses = sampleLosses(task, classes, logits, targets);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** The cross-entropy of each sample (the mean over labels, for sigmoid outputs), in nats. */
export function sampleLosses(
  task: Task,
  classes: readonly string[],
  logits: Float32Array,
  targets: Float32Array,
): Float64Array {
  const outputs = outputsOf(task, classes);
  return Float64Array.from({ length: logits.length / outputs }, (_, sample) => {
    const row = sample * outputs;
    const logNorm = task === 'multi-class' ? logSumExp(logits, row, outputs) : 0;
    let sum = 0;
    for (let k = row; k < row + outputs; k++) {
      const z = logits[k];
      if (task === 'multi-class') sum += targets[k] * (logNorm - z);
      else sum += (Math.max(z, 0) - z * targets[k] + Math.log1p(Math.exp(-Math.abs(z)))) / outputs;
    }
    return sum;
  });
}

function logSumExp(values: Float32Array, from: number, count: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) max = Math.max(max, values[i]);
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += Math.exp(values[i] - max);
  return max + Math.log(sum);
}
