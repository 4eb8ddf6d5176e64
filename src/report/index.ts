/** @file Reports: self-contained HTML pages about one run, or about several. */
export { renderComparison } from './comparison.js';
export { renderReport } from './report.js';
export * from './types.js';
