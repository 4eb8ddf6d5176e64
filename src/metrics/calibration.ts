/**
 * @file Whether probabilities mean what they say: log loss, Brier score, reliability curve, expected calibration error.
 * Targets below 0 are labels that nobody knows, and do not count.
 */
import { wilsonInterval } from './proportion.js';
import type { Estimate, Numbers } from './types.js';

/** Keras' guard against log 0. */
const EPSILON = 1e-7;

/** Predictions of similar confidence. */
export interface ReliabilityBin {
  /** The bin holds probabilities in [low, high), the last one also 1. */
  low: number;
  high: number;
  count: number;
  /** Mean of the bin's probabilities; null where it is empty. */
  meanProbability: number | null;
  /** Fraction of the bin's samples that are positive, with Wilson's interval; null where it is empty. */
  observed: Estimate;
}

/**
 * Mean binary cross-entropy in nats, over all values given; probabilities are kept 1e-7 away from 0 and 1.
 * @returns ≥ 0; NaN without samples
 */
export function binaryLogLoss(targets: Numbers, probabilities: Numbers): number {
  let sum = 0;
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] < 0) continue;
    const p = Math.min(1 - EPSILON, Math.max(EPSILON, probabilities[i]));
    sum -= targets[i] * Math.log(p) + (1 - targets[i]) * Math.log(1 - p);
  }
  return sum / knownCount(targets);
}

/**
 * Mean categorical cross-entropy in nats; probabilities are kept 1e-7 away from 0 and 1.
 * @param targets [n × classes], rows one-hot
 * @param probabilities [n × classes]
 * @returns ≥ 0; NaN without samples
 */
export function categoricalLogLoss(targets: Numbers, probabilities: Numbers, classes: number): number {
  let sum = 0;
  for (let i = 0; i < targets.length; i++)
    if (targets[i] > 0)
      sum -= targets[i] * Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, probabilities[i])));
  return sum / (targets.length / classes);
}

/**
 * Brier's score (Monthly Weather Review 78 (1950) 1–3): squared error summed over a sample's outputs, mean over samples.
 * @param outputs per sample: 1 gives the usual binary score in [0, 1]; a softmax over K classes gives [0, 2]
 * @returns NaN without samples
 */
export function brierScore(targets: Numbers, probabilities: Numbers, outputs = 1): number {
  let sum = 0;
  for (let i = 0; i < targets.length; i++) if (targets[i] >= 0) sum += (probabilities[i] - targets[i]) ** 2;
  return sum / (knownCount(targets) / outputs);
}

/** Samples sorted into equal-width bins of probability. @param probabilities in [0, 1] */
export function reliabilityCurve(targets: Numbers, probabilities: Numbers, bins = 15): ReliabilityBin[] {
  const count = new Float64Array(bins);
  const probabilitySum = new Float64Array(bins);
  const positives = new Float64Array(bins);
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] < 0) continue;
    const bin = Math.min(bins - 1, Math.floor(probabilities[i] * bins));
    count[bin]++;
    probabilitySum[bin] += probabilities[i];
    if (targets[i] > 0.5) positives[bin]++;
  }
  return Array.from({ length: bins }, (_, bin) => ({
    low: bin / bins,
    high: (bin + 1) / bins,
    count: count[bin],
    meanProbability: count[bin] ? probabilitySum[bin] / count[bin] : null,
    observed: wilsonInterval(positives[bin], count[bin]),
  }));
}

/**
 * Expected calibration error: |mean probability − observed frequency| averaged over bins by their share of samples.
 * For multi-class predictions give the most probable class's probability and whether it was right (Guo et al., ICML 2017).
 * @returns in [0, 1]; NaN without samples
 */
export function calibrationError(targets: Numbers, probabilities: Numbers, bins = 15): number {
  const gaps = reliabilityCurve(targets, probabilities, bins).map((bin) =>
    bin.count === 0 ? 0 : bin.count * Math.abs(bin.meanProbability! - bin.observed.value!),
  );
  return gaps.reduce((sum, gap) => sum + gap, 0) / knownCount(targets);
}

function knownCount(targets: Numbers): number {
  let count = 0;
  for (let i = 0; i < targets.length; i++) if (targets[i] >= 0) count++;
  return count;
}
