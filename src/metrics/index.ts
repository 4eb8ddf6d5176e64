/** @file Metrics: pure functions of targets and predictions. */
export * from './auc.js';
export * from './bootstrap.js';
export * from './calibration.js';
export * from './columns.js';
export * from './comparison.js';
export * from './curves.js';
export * from './estimates.js';
export * from './evaluate.js';
export * from './measure.js';
export * from './operating-point.js';
export * from './proportion.js';
export * from './subgroups.js';
export * from './temperature.js';
export * from './types.js';
