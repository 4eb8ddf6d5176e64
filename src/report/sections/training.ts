/** @file How training went: curves, the phases, and every epoch. */
import { aucChart, keptEpoch, lossChart, phaseSpans } from '../charts/training.js';
import { count, duration, known, learningRate, percent, score, significant } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData, ReportEpoch } from '../types.js';

export function training(data: ReportData): Html {
  const { history, method } = data;
  if (history.length === 0)
    return html`<section><h2>Training</h2><p class="absent">No epoch was recorded.</p></section>`;
  const spans = phaseSpans(history);
  const kept = keptEpoch(history);
  const rows = method.phases.map((phase, i) => {
    const own = history.filter((epoch) => epoch.phase === phase.name);
    return html`<tr>
      <td class="index">${i + 1}</td><th scope="row">${phase.name}</th>
      <td class="roles">${phase.trains.map((role, k) => html`${k > 0 && ', '}<code>${role}</code>`)}</td><td>${phase.statistics}</td>
      <td class="n">${count(phase.parameters)}</td><td class="n">${learningRate(phase.learningRate)}</td>
      <td class="n">${own.length} of ${count(phase.maxEpochs)}</td>
      <td class="n">${duration(own.length > 0 ? own.reduce((sum, epoch) => sum + epoch.seconds, 0) : null)}</td>
    </tr>`;
  });
  return html`<section>
    <h2>Training</h2>
    <div class="pair">${lossChart(history)}${aucChart(history)}</div>
    <h3>Phases ${spans.length > 1 && html`<small>numbered above the curves</small>`}</h3>
    <div class="scroll"><table>
      <thead><tr><th></th><th>phase</th><th>trains</th><th>statistics</th><th class="n">parameters</th>
        <th class="n">learning rate</th><th class="n">epochs</th><th class="n">time</th></tr></thead>
      <tbody>${rows}</tbody>
    </table></div>
    <details><summary>Every epoch</summary>${epochTable(history, kept)}</details>
  </section>`;
}

function epochTable(history: readonly ReportEpoch[], kept: ReportEpoch | undefined): Html {
  const has = (value: (epoch: ReportEpoch) => number | undefined) =>
    history.some((epoch) => known(value(epoch)));
  const columns = [
    { name: 'learning rate', text: (e: ReportEpoch) => learningRate(e.learningRate), shown: true },
    { name: 'training loss', text: (e: ReportEpoch) => significant(e.trainLoss), shown: true },
    {
      name: 'validation loss',
      text: (e: ReportEpoch) => significant(e.validationLoss),
      shown: has((e) => e.validationLoss),
    },
    {
      name: 'validation AUC',
      text: (e: ReportEpoch) => score(e.validationAuc, 4),
      shown: has((e) => e.validationAuc),
    },
    { name: 'time', text: (e: ReportEpoch) => duration(e.seconds), shown: true },
    {
      name: 'images/s',
      text: (e: ReportEpoch) => significant(e.imagesPerSecond),
      shown: has((e) => e.imagesPerSecond),
    },
    {
      name: 'waited for images',
      text: (e: ReportEpoch) => percent(e.waitedFraction),
      shown: has((e) => e.waitedFraction),
    },
  ].filter((column) => column.shown);
  const rows = history.map(
    (epoch) => html`<tr class="${epoch === kept && 'kept'}">
      <th scope="row" class="n">${epoch.epoch}${epoch === kept && ' ○'}</th><td class="method">${epoch.phase}</td>
      ${columns.map((column) => html`<td class="n">${column.text(epoch)}</td>`)}
    </tr>`,
  );
  return html`<div class="scroll"><table>
    <thead><tr><th class="n">epoch</th><th>phase</th>${columns.map((column) => html`<th class="n">${column.name}</th>`)}</tr></thead>
    <tbody>${rows}</tbody>
  </table></div>`;
}
