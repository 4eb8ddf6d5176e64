/** @file ROC curves as the page draws them. */
import { auc, rocCurve } from '../metrics/index.js';
import type { RocView } from './api.js';

interface Predicted {
  readonly labels: readonly string[];
  /** Of independent labels, those of which nobody knows whether it has them. */
  readonly unknown?: readonly string[];
  /** One per class. */
  readonly probabilities: readonly number[];
}

/** No screen shows more. */
const ROC_POINTS = 400;

/** A curve per class against the rest; of two classes, only the second's. */
export function rocsOf({
  classes,
  images,
}: {
  readonly classes: readonly string[];
  readonly images: readonly Predicted[];
}): RocView[] {
  const shown = classes.length === 2 ? [1] : classes.map((_, k) => k);
  return shown.map((k) => {
    const known = images.filter(({ unknown }) => !unknown?.includes(classes[k]));
    const targets = known.map(({ labels }) => Number(labels.includes(classes[k])));
    const scores = known.map(({ probabilities }) => probabilities[k]);
    const curve = rocCurve(targets, scores);
    const every = Math.ceil(curve.length / ROC_POINTS);
    const area = auc(targets, scores);
    return {
      name: classes[k],
      points: curve
        .filter((_, i) => i % every === 0 || i === curve.length - 1)
        .map((point) => [point.falsePositiveRate, point.truePositiveRate] as const),
      auc: Number.isNaN(area) ? null : area,
    };
  });
}
