/** @file Reads golden files: inputs with the values that scikit-learn and Keras give for them (oracles/metrics.py). */
import { readFileSync } from 'node:fs';

export interface BinaryGolden {
  targets: number[];
  probabilities: number[];
  other: number[];
  auc: number;
  otherAuc: number;
  covariance: number[][];
  kerasAuc: number;
  averagePrecision: number;
  roc: [falsePositiveRate: number[], truePositiveRate: number[]];
  precisionRecall: [recall: number[], precision: number[]];
  logLoss: number;
  brier: number;
  calibrationError: number;
  points: {
    threshold: number;
    confusionMatrix: number[][];
    accuracy: number;
    balancedAccuracy: number;
    sensitivity: number;
    specificity: number;
    ppv: number;
    npv: number;
    f1: number;
  }[];
}

export interface MultiClassGolden {
  classes: number;
  truth: number[];
  probabilities: number[][];
  auc: number;
  perClassAuc: number[];
  perClassAveragePrecision: number[];
  accuracy: number;
  balancedAccuracy: number;
  confusionMatrix: number[][];
  logLoss: number;
  brier: number;
  calibrationError: number;
}

export interface MultiLabelGolden {
  targets: number[][];
  probabilities: number[][];
  auc: number;
  averagePrecision: number;
  accuracy: number;
  f1: number[];
  logLoss: number;
  brier: number;
}

function read<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../golden/metrics/${name}.json`, import.meta.url), 'utf8'));
}

export const binaryGolden = () => read<BinaryGolden>('binary');
export const multiClassGolden = () => read<MultiClassGolden>('multi-class');
export const multiLabelGolden = () => read<MultiLabelGolden>('multi-label');
