/**
 * @file Temperature scaling (Guo et al., ICML 2017): all logits divided by one number, fitted on validation data by
 * likelihood. It changes how sure the predictions are, never their order within an output.
 */
import type { Predictions } from './types.js';

/** Probabilities nearer to 0 and 1 than this have no logit that single precision knows. */
const EPSILON = 1e-7;
/** Beyond these, as of perfectly separated data, the likelihood has no maximum that means anything. */
const COLDEST = 0.02;
const HOTTEST = 50;

/**
 * The temperature that maximises the likelihood of the targets, between 0.02 and 50; above 1 the network was too sure.
 * @returns 1 without samples
 */
export function fitTemperature(predictions: Predictions): number {
  const slope = slopeOf(predictions);
  // Convex in β = 1 / temperature: its slope crosses zero once.
  let [low, high] = [Math.log(1 / HOTTEST), Math.log(1 / COLDEST)];
  if (slope(1) === 0) return 1;
  if (slope(Math.exp(low)) >= 0) return HOTTEST;
  if (slope(Math.exp(high)) <= 0) return COLDEST;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp(-(low + high) / 2);
}

/** Probabilities [n × outputs] at another temperature. 1 leaves them as they are. */
export function atTemperature(
  { task, classes, probabilities }: Pick<Predictions, 'task' | 'classes' | 'probabilities'>,
  temperature: number,
): Float32Array {
  if (temperature === 1) return probabilities;
  if (task !== 'multi-class') return probabilities.map((p) => sigmoid(logit(p) / temperature));
  const scaled = new Float32Array(probabilities.length);
  for (let row = 0; row < probabilities.length; row += classes.length) {
    const logits = Array.from(probabilities.subarray(row, row + classes.length), logarithm);
    scaled.set(softmax(logits.map((z) => z / temperature)), row);
  }
  return scaled;
}

/** What a threshold becomes, so that the same samples are at or above it. */
export function thresholdAtTemperature(threshold: number, temperature: number): number {
  if (threshold <= 0 || threshold >= 1 || temperature === 1) return threshold;
  return sigmoid(Math.log(threshold / (1 - threshold)) / temperature);
}

/** The derivative of the negative log-likelihood by β, where every logit is multiplied with β. */
function slopeOf({ task, classes, targets, probabilities }: Predictions): (beta: number) => number {
  if (task !== 'multi-class') {
    const logits = Float64Array.from(probabilities, logit);
    return (beta) =>
      logits.reduce((sum, z, i) => (targets[i] < 0 ? sum : sum + (sigmoid(beta * z) - targets[i]) * z), 0);
  }
  const logits = Float64Array.from(probabilities, logarithm);
  return (beta) => {
    let sum = 0;
    for (let row = 0; row < logits.length; row += classes.length) {
      const own = Array.from(logits.subarray(row, row + classes.length));
      softmax(own.map((z) => beta * z)).forEach((p, k) => {
        sum += (p - targets[row + k]) * own[k];
      });
    }
    return sum;
  };
}

function logit(p: number): number {
  const kept = Math.min(1 - EPSILON, Math.max(EPSILON, p));
  return Math.log(kept / (1 - kept));
}

function logarithm(p: number): number {
  return Math.log(Math.max(EPSILON, p));
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((z) => Math.exp(z - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}
