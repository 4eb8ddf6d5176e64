/** @file What was taken for what. */
import { count, percent, plural, score } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData, ReportSplit } from '../types.js';

/** Beyond this many classes a matrix is no longer readable, and the commonest confusions are listed instead. */
const LARGEST_MATRIX = 16;

export function confusion(data: ReportData): Html {
  const split = data.splits.at(-1);
  if (!split || split.metrics.n === 0) return html``;
  const matrix = split.metrics.confusionMatrix;
  const threshold = split.metrics.thresholds?.[0];
  return html`<section>
    <h2>Confusion <small>${split.name}${data.task === 'binary' && `, at threshold ${score(threshold)}`}</small></h2>
    ${
      !matrix
        ? labelTable(split)
        : matrix.length > LARGEST_MATRIX
          ? commonest(matrix, data.classes)
          : html`<p class="note">Rows are the true class, columns what was predicted; percentages are of the row.</p>
              <div class="${data.task === 'binary' && 'pair'}">${matrixTable(matrix, data.classes)}${data.task === 'binary' && inWords(matrix, data.classes)}</div>`
    }
  </section>`;
}

function matrixTable(matrix: readonly number[][], classes: readonly string[]): Html {
  const rows = matrix.map((row, truth) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, predicted) => {
      const part = total === 0 ? 0 : n / total;
      const kind = predicted === truth ? 'right' : n > 0 ? 'wrong' : 'none';
      return html`<td class="${kind}${part > 0.55 && ' strong'}" style="--part:${(100 * part).toFixed(1)}%"><b>${count(n)}</b><small>${percent(total === 0 ? null : part)}</small></td>`;
    });
    return html`<tr><th scope="row"><span>${classes[truth]}</span></th>${cells}<td class="total">${count(total)}</td></tr>`;
  });
  const heads = classes.map((name) => html`<th scope="col"><span>${name}</span></th>`);
  return html`<div class="scroll"><table class="confusion ${classes.length === 2 && 'large'}">
    <thead><tr><td></td>${heads}<td class="total">images</td></tr></thead><tbody>${rows}</tbody>
  </table></div>`;
}

/** Binary: the two kinds of mistake. */
function inWords(
  [[spared, falseAlarms], [missed, found]]: readonly number[][],
  classes: readonly string[],
): Html {
  return html`<ul class="words">
    <li><b>${count(missed)}</b> of ${count(missed + found)} ${classes[1]} missed: taken for ${classes[0]}.</li>
    <li><b>${count(falseAlarms)}</b> of ${count(falseAlarms + spared)} ${classes[0]} false alarms: taken for ${classes[1]}.</li>
  </ul>`;
}

/** Multi-label: each label is right or wrong by itself. */
function labelTable({ metrics }: ReportSplit): Html {
  const rows = metrics.perClass.map(
    (c) => html`<tr><th scope="row">${c.name}</th><td class="n">${score(c.threshold)}</td>
      <td class="n">${count(c.truePositives)}</td><td class="n">${count(c.falseNegatives)}</td>
      <td class="n">${count(c.falsePositives)}</td><td class="n">${count(c.trueNegatives)}</td></tr>`,
  );
  return html`<div class="scroll"><table>
    <thead><tr><th>label</th><th class="n">threshold</th><th class="n">found</th><th class="n">missed</th><th class="n">false alarms</th><th class="n">rightly without</th></tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

function commonest(matrix: readonly number[][], classes: readonly string[]): Html {
  const confusions = matrix
    .flatMap((row, truth) =>
      row.map((n, predicted) => ({ n, truth, predicted, total: row.reduce((a, b) => a + b, 0) })),
    )
    .filter(({ n, truth, predicted }) => n > 0 && truth !== predicted)
    .sort((a, b) => b.n - a.n)
    .slice(0, 20);
  const rows = confusions.map(
    ({
      n,
      truth,
      predicted,
      total,
    }) => html`<tr><th scope="row">${classes[truth]}</th><td>${classes[predicted]}</td>
      <td class="n">${count(n)}</td><td class="n">${percent(n / total)}</td></tr>`,
  );
  return html`<p class="note">The ${plural(rows.length, 'commonest confusion')} among ${classes.length} classes.</p>
    <div class="scroll"><table><thead><tr><th>true class</th><th>taken for</th><th class="n">images</th><th class="n">of the class</th></tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}
