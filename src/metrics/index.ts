/** @file Metrics: pure functions of targets and predictions. */
export * from './auc.js';
export * from './calibration.js';
export * from './curves.js';
export * from './evaluate.js';
export * from './operating-point.js';
export * from './proportion.js';
export * from './types.js';
