/** @file The report of one run: a single HTML file that can be read, printed and passed on. */
import { count } from './format.js';
import { html } from './html.js';
import { page } from './page.js';
import { calibration } from './sections/calibration.js';
import { confusion } from './sections/confusion.js';
import { data } from './sections/data.js';
import { headline } from './sections/headline.js';
import { mostWrong } from './sections/most-wrong.js';
import { movement } from './sections/movement.js';
import { operatingPoints } from './sections/operating-points.js';
import { provenance } from './sections/provenance.js';
import { results } from './sections/results.js';
import { subgroups } from './sections/subgroups.js';
import { training } from './sections/training.js';
import type { ReportData } from './types.js';

/**
 * Draws a run's report.
 * @returns a whole HTML document without scripts or references to anything outside; all text of `report` is escaped
 */
export function renderReport(report: ReportData): string {
  const { warnings } = report;
  return page(`${report.name} – Transfuse`, [
    headline(report),
    warnings.length > 0 &&
      html`<ul class="warnings">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`,
    training(report),
    results(report),
    operatingPoints(report),
    subgroups(report),
    calibration(report),
    confusion(report),
    mostWrong(report),
    movement(report),
    data(report),
    provenance(report),
    html`<footer>${intervals(report)}</footer>`,
  ]);
}

/** Where the intervals come from. */
function intervals({ splits }: ReportData): string {
  const uncertainty = splits.at(-1)?.metrics.uncertainty;
  if (!uncertainty)
    return "Intervals are 95 %: DeLong's on the logit scale for AUC, Wilson's for proportions.";
  const draws = `${count(uncertainty.resamples)} draws`;
  return uncertainty.unit === 'group'
    ? `Intervals are 95 %, BCa, of a bootstrap over groups such as patients (${draws}); those of curves and bins are Wilson's.`
    : `Intervals are 95 %: DeLong's on the logit scale for AUC, Wilson's for proportions, BCa of a bootstrap for the rest (${draws}).`;
}
