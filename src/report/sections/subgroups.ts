/** @file The last split told apart by what tables say of its images: sex, hospital, scanner. */
import { isSmall, smallMeans } from '../../metrics/subgroups.js';
import type { Estimate, SubgroupTable } from '../../metrics/types.js';
import { count, percent, percentRange, range, score } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData } from '../types.js';
import { commonScale, intervalBar } from './interval.js';

export function subgroups({ splits, classes }: ReportData): Html {
  const last = splits.at(-1);
  const tables = last?.metrics.subgroups ?? [];
  if (!last || tables.length === 0) return html``;
  const rows = tables.flatMap((table) => table.rows);
  const scale = commonScale(rows.map(({ auc }) => auc));
  const isOne = last.metrics.perClass.length === 1;
  return html`<section>
    <h2>Subgroups <small>${last.name}</small></h2>
    <p class="note">Each part of the images by itself, with 95 % intervals, at the same threshold${isOne ? '' : 's'} for all. ${isOne && `Positive is ${classes[1]}. `}Differences between parts may be chance: look whether the intervals overlap. ${rows.some(isSmall) && `* ${smallMeans}.`}</p>
    ${tables.map((table) => subgroup(table, scale, isOne))}
  </section>`;
}

function subgroup(
  { column, rows, missing }: SubgroupTable,
  scale: readonly [number, number],
  isOne: boolean,
): Html {
  const hasUnits = rows.some(({ n, units }) => units !== n);
  const body = rows.map(
    (row) => html`<tr>
      <th scope="row">${row.value}${isSmall(row) && html` <abbr title="${smallMeans}">*</abbr>`}</th>
      <td class="n">${count(row.n)}</td>${hasUnits && html`<td class="n">${count(row.units)}</td>`}
      <td class="n">${isOne ? count(row.positives[0]) : row.positives.map(count).join(' / ')}</td>
      <td class="n"><b>${score(row.auc.value)}</b></td><td class="n">${range(row.auc)}</td><td class="wide-bar">${intervalBar(row.auc, scale)}</td>
      ${[row.sensitivity, row.specificity, row.calibrationError].map(cell)}
    </tr>`,
  );
  return html`<h3>By ${column} ${missing > 0 && html`<small>${count(missing)} images without</small>`}</h3>
    <div class="scroll"><table>
      <thead><tr><th>${column}</th><th class="n">images</th>${hasUnits && html`<th class="n">groups</th>`}
        <th class="n">${isOne ? 'positive' : 'of each class'}</th>
        <th class="n">AUC</th><th class="n">95 % interval</th>
        <th class="wide-bar"><span class="ends"><span>${score(scale[0], 1)}</span><span>1</span></span></th>
        <th class="n">sensitivity</th><th class="n">specificity</th><th class="n">calibration error</th></tr></thead>
      <tbody>${body}</tbody></table></div>`;
}

function cell(estimate: Estimate): Html {
  return html`<td class="n"><b>${percent(estimate.value)}</b><br><small>${percentRange(estimate)}</small></td>`;
}
