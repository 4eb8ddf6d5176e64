/** @file Several runs side by side: which is best, by how much, and what it cost. */
import { convergenceChart } from './charts/convergence.js';
import { count, duration, known, percent, plural, pValue, range, score, share } from './format.js';
import { type Html, html } from './html.js';
import { page } from './page.js';
import { SERIES } from './plot.js';
import { commonScale, intervalBar } from './sections/interval.js';
import type { ComparisonData, ComparisonDifference, ComparisonRow } from './types.js';

/**
 * Draws the comparison of several runs.
 * @returns a whole HTML document without scripts; its only references are the rows' `href`s, which stay relative
 */
export function renderComparison(comparison: ComparisonData): string {
  const { title, summary, rows, differences = [], notes = [] } = comparison;
  const colours = rows.map((_, i) => SERIES[i % SERIES.length]);
  return page(`${title} – Transfuse`, [
    html`<header><p class="kicker">Transfuse comparison</p><h1>${title}</h1><p class="lead">${summary}</p></header>`,
    html`<section><h2>Methods</h2>${methodTable(rows, colours)}</section>`,
    differences.length > 0 && html`<section><h2>Differences</h2>${differenceTable(differences)}</section>`,
    html`<section><h2>Validation AUC <small>rings mark the epochs whose weights were kept</small></h2>
      <div class="pair">${convergenceChart(rows, colours, 'epoch')}${convergenceChart(rows, colours, 'time')}</div></section>`,
    html`<section><h2>Runs</h2><div class="runs">${rows.map((row, i) => runCard(row, colours[i]))}</div></section>`,
    notes.length > 0 &&
      html`<section><h2>Notes</h2><ul class="note">${notes.map((note) => html`<li>${note}</li>`)}</ul></section>`,
    html`<footer>AUC intervals are DeLong's, 95 %, on the logit scale.</footer>`,
  ]);
}

function methodTable(rows: readonly ComparisonRow[], colours: readonly string[]): Html {
  const scale = commonScale(rows.map((row) => row.auc));
  const has = (value: (row: ComparisonRow) => number | undefined) => rows.some((row) => known(value(row)));
  const [accuracy, validation] = [has((row) => row.accuracy), has((row) => row.validationAuc)];
  const body = rows.map(
    (row, i) => html`<tr>
      <th scope="row" class="method"><i class="swatch" style="background:${colours[i]}"></i>${row.name}</th>
      <td class="n"><b>${score(row.auc.value)}</b></td><td class="n">${range(row.auc)}</td>
      <td class="wide-bar">${intervalBar(row.auc, scale)}</td>
      ${validation && html`<td class="n">${score(row.validationAuc)}</td>`}
      ${accuracy && html`<td class="n">${percent(row.accuracy)}</td>`}
      <td class="n">${count(row.trainedParameters)}</td><td class="range">${share(row.trainedParameters, row.totalParameters)}</td>
      <td class="n">${count(row.epochs)}</td><td class="n">${duration(row.seconds)}</td>
    </tr>`,
  );
  return html`<div class="scroll"><table>
    <thead><tr><th>method</th><th class="n">test AUC</th><th class="n">95 % interval</th>
      <th class="wide-bar"><span class="ends"><span>${score(scale[0], 1)}</span><span>1</span></span></th>
      ${validation && html`<th class="n">validation AUC</th>`}${accuracy && html`<th class="n">accuracy</th>`}
      <th class="n">trained parameters</th><th></th><th class="n">epochs</th><th class="n">time</th></tr></thead>
    <tbody>${body}</tbody>
  </table></div>`;
}

function differenceTable(differences: readonly ComparisonDifference[]): Html {
  const signed = (value: number | null) =>
    known(value) ? `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}` : '–';
  const body = differences.map(
    ({ first, second, difference, pValue: p }) => html`<tr>
      <th scope="row">${first} against ${second}</th><td class="n"><b>${signed(difference.value)}</b></td>
      <td class="n">${signed(difference.low)} to ${signed(difference.high)}</td><td class="n">${pValue(p)}</td>
    </tr>`,
  );
  return html`<p class="note">Differences in AUC on the same test images, by DeLong's test for correlated curves.</p>
    <div class="scroll"><table class="compact">
      <thead><tr><th></th><th class="n">difference in AUC</th><th class="n">95 % interval</th><th class="n">p</th></tr></thead>
      <tbody>${body}</tbody></table></div>`;
}

function runCard(row: ComparisonRow, colour: string): Html {
  return html`<article style="border-color:${colour}">
    <h3>${row.name}</h3>
    ${row.description && html`<p>${row.description}</p>`}
    <p class="note">Test AUC ${score(row.auc.value)} (${range(row.auc)}), ${plural(row.epochs, 'epoch')} in ${duration(row.seconds)}.</p>
    ${row.href && html`<p><a href="${relative(row.href)}">Its report</a></p>`}
  </article>`;
}

/** Keeps a link below or beside this file: no scheme and no host can be smuggled in. */
function relative(href: string): string {
  return `./${href.split(/[\\/]/).filter(Boolean).map(encodeURIComponent).join('/')}`;
}
