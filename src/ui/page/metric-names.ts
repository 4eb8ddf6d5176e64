/** @file Metrics as people call them, the most telling first. */
import type { PairedTests } from '../api.js';

type Name = PairedTests['metrics'][number]['name'];

export const metricNames: Readonly<Record<Name, string>> = {
  auc: 'AUC',
  averagePrecision: 'average precision',
  accuracy: 'accuracy at 0.5',
  accuracyAtThreshold: 'accuracy at the threshold',
  balancedAccuracy: 'balanced accuracy',
  sensitivity: 'sensitivity',
  specificity: 'specificity',
  loss: 'loss',
  brier: 'Brier score',
  calibrationError: 'calibration error',
};

export const metricOrder = Object.keys(metricNames) as readonly Name[];
