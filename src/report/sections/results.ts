/** @file How well the network tells the classes apart: curves, every number by split, and by class. */
import type { Metrics } from '../../metrics/types.js';
import { precisionRecallChart, rocChart } from '../charts/discrimination.js';
import { count, percent, range, score } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData } from '../types.js';
import { commonScale, intervalBar } from './interval.js';
import { decisionNumbers, probabilityNumbers } from './numbers.js';

export function results(data: ReportData): Html {
  if (data.splits.length === 0)
    return html`<section><h2>Results</h2><p class="absent">No split was evaluated.</p></section>`;
  const last = data.splits.at(-1)!;
  const notes = data.splits.flatMap((split) => split.metrics.notes.map((note) => `${split.name}: ${note}`));
  return html`<section>
    <h2>Results <small>${data.task === 'binary' ? data.splits.map((s) => s.name).join(' and ') : last.name}</small></h2>
    <div class="pair">${rocChart(data)}${precisionRecallChart(data)}</div>
    ${last.metrics.perClass.length > 1 && classTable(last.metrics)}
    <div class="pair">${probabilityNumbers(data)}${decisionNumbers(data)}</div>
    ${notes.length > 0 && html`<ul class="note">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
  </section>`;
}

/** One line per class: its AUC with interval on a common scale, and its rates. */
function classTable({ perClass, task }: Metrics): Html {
  const scale = commonScale(perClass.map((c) => c.auc));
  const rows = perClass.map(
    (c) => html`<tr>
      <th scope="row">${c.name}</th><td class="n">${count(c.positives)}</td>
      <td class="n"><b>${score(c.auc.value)}</b></td><td class="n">${range(c.auc)}</td><td class="wide-bar">${intervalBar(c.auc, scale)}</td>
      <td class="n">${score(c.averagePrecision)}</td><td class="n">${percent(c.sensitivity)}</td>
      <td class="n">${percent(c.specificity)}</td><td class="n">${percent(c.ppv)}</td><td class="n">${score(c.f1)}</td>
      ${task === 'multi-label' && html`<td class="n">${score(c.threshold)}</td>`}
    </tr>`,
  );
  return html`<h3>By class</h3>
    <div class="scroll"><table>
      <thead><tr><th>class</th><th class="n">images</th><th class="n">AUC</th><th class="n">95 % interval</th>
        <th class="wide-bar"><span class="ends"><span>${score(scale[0], 1)}</span><span>1</span></span></th>
        <th class="n">avg. precision</th><th class="n">sensitivity</th><th class="n">specificity</th><th class="n">precision</th><th class="n">F1</th>
        ${task === 'multi-label' && html`<th class="n">threshold</th>`}</tr></thead>
      <tbody>${rows}</tbody>
    </table></div>`;
}
