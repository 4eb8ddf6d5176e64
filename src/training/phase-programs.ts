/** @file The programs of one phase, each beginning as far behind the pixels as it may. */
import type { Classifier } from '../models/classifier.js';
import { frozenPrefix, prefixProgram } from './frozen-prefix.js';
import { isSameSize, type Size } from './growing.js';
import {
  evaluationProgram,
  type ForwardProgram,
  type StepOptions,
  type StepProgram,
  stepProgram,
} from './program.js';

export interface PhaseProgramOptions extends Omit<StepOptions, 'from'> {
  /** How many images there are to train on. */
  readonly images: number;
  /** Of the images to train on; the classifier's by default, which those to evaluate on always have. */
  readonly size?: Size;
  /** Whether what the steps take is also to be looked at without learning from it. */
  readonly screen?: boolean;
  /** Which programs may begin with what the frozen layers at the network's beginning have made of the pixels. */
  readonly reuse: 'none' | 'evaluation' | 'all';
}

export interface PhasePrograms {
  readonly steps: readonly StepProgram[];
  readonly evaluation: ForwardProgram;
  /** What makes those features, where a program begins with them. */
  readonly prefix?: ForwardProgram;
  /** The logits of what the steps take, where the evaluation takes something else. */
  readonly screening?: ForwardProgram;
  /** Names of the parameters that change. */
  readonly fed: readonly string[];
}

/** With batch statistics a step takes a whole batch, so there is one for the last, smaller batch, too. */
export function phasePrograms(
  classifier: Classifier,
  { images, reuse, size = classifier, screen = false, ...options }: PhaseProgramOptions,
): PhasePrograms {
  const { statistics, batch, trained, weights, device, block } = options;
  const isFrozen = statistics === 'frozen';
  const from = isFrozen && reuse !== 'none' ? frozenPrefix(classifier, trained) : undefined;
  const full = Math.min(batch, images);
  const last = images % full;
  const batches = isFrozen || last === 0 ? [full] : [full, last];
  // Features of smaller images would have to be kept apart, for a few epochs.
  const stepFrom = reuse === 'all' && isSameSize(size, classifier) ? from : undefined;
  const { height, width } = size;
  const atSize = { ...classifier, height, width };
  const steps = batches.map((images) => stepProgram(atSize, { ...options, batch: images, from: stepFrom }));
  const moving = steps[0]!.moving.flatMap(({ mean, variance }) => [mean, variance]);
  const fed = [...steps[0]!.trained, ...moving];
  const forward = { weights, batch, device, block };
  const isTheSame = stepFrom === from && isSameSize(size, classifier);
  return {
    steps,
    fed,
    evaluation: evaluationProgram(classifier, { ...forward, fed, from }),
    ...(screen &&
      !isTheSame && { screening: evaluationProgram(atSize, { ...forward, fed, from: stepFrom }) }),
    ...(from !== undefined && { prefix: prefixProgram(classifier, from, forward) }),
  };
}
