/** @file Decisions at thresholds that were chosen on validation to keep a rate, and what they do on the last split. */
import type { Estimate, OperatingPoint } from '../../metrics/types.js';
import { percent, percentRange, ruleText, score } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData } from '../types.js';

export function operatingPoints({ splits, classes }: ReportData): Html {
  const last = splits.at(-1);
  const points = last?.metrics.operatingPoints ?? [];
  if (!last || points.length === 0) return html``;
  const isOne = last.metrics.perClass.length === 1;
  const before = splits.find(({ name }) => name === 'validation' && name !== last.name)?.metrics
    .operatingPoints;
  const chosenOn = (point: OperatingPoint) =>
    before?.find((p) => p.class === point.class && ruleText(p.rule) === ruleText(point.rule));
  const rows = points.map((point) => {
    const chosen = chosenOn(point);
    return html`<tr><th scope="row">${!isOne && `${point.class}: `}${ruleText(point.rule)}</th><td class="n">${score(point.threshold)}</td>
      ${before && html`<td class="n">${percent(chosen?.sensitivity.value)} / ${percent(chosen?.specificity.value)}</td>`}
      ${[point.sensitivity, point.specificity, point.ppv, point.npv].map(cell)}</tr>`;
  });
  const heads = ['sensitivity', 'specificity', 'PPV', 'NPV'].map((name) => html`<th class="n">${name}</th>`);
  return html`<section>
    <h2>Operating points <small>${last.name}</small></h2>
    <p class="note">Thresholds were chosen on validation so that one rate is kept there and the other is as large as possible${before ? ': sensitivity and specificity there, and what the same threshold gives here, with 95 % intervals' : ''}. ${isOne && `Positive is ${classes[1]}.`}</p>
    <div class="scroll"><table>
      <thead><tr><th>chosen for</th><th class="n">threshold</th>
        ${before && html`<th class="n">on validation</th>`}${heads}</tr></thead>
      <tbody>${rows}</tbody></table></div>
  </section>`;
}

function cell(estimate: Estimate): Html {
  return html`<td class="n"><b>${percent(estimate.value)}</b><br><small>${percentRange(estimate)}</small></td>`;
}
