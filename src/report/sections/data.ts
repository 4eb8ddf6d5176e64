/** @file The images: how many per split and class, and who is kept apart. */
import { count, percent, share } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData } from '../types.js';

export function data({ dataset, classes, task, model }: ReportData): Html {
  const { splits, groupedBy } = dataset;
  const images = splits.reduce((sum, split) => sum + split.images, 0);
  const groups = splits.some((split) => split.groups !== undefined);
  const body = classes.map(
    (name, k) =>
      html`<tr><th scope="row">${name}</th>${splits.map((split) => cells(split.perClass[k], split.images))}</tr>`,
  );
  const groupRow =
    groups &&
    html`<tr class="sum"><th scope="row">${groupedBy ?? 'group'}s</th>${splits.map((split) => html`<td class="n">${count(split.groups)}<small class="range"></small></td>`)}</tr>`;
  return html`<section>
    <h2>Data</h2>
    <p>${count(images)} images from <span class="path">${dataset.source}</span>, seen by the network at
      ${model.inputSize.join(' × ')} pixels. ${groupedBy ? html`No ${groupedBy} is in two splits.` : 'Splits do not know of patients or other groups.'}</p>
    <div class="scroll"><table class="numbers">
      <thead><tr><th>${task === 'multi-label' ? 'label' : 'class'}</th>${splits.map((split) => html`<th class="n">${split.name}<small class="range"></small></th>`)}</tr></thead>
      <tbody>${body}
        <tr class="sum"><th scope="row">images</th>${splits.map((split) => html`<td class="n">${count(split.images)}<small class="range">${images > 0 && share(split.images, images)}</small></td>`)}</tr>
        ${groupRow}</tbody>
    </table></div>
  </section>`;
}

function cells(part: number, whole: number): Html {
  return html`<td class="n"><b>${count(part)}</b><small class="range">${percent(whole > 0 ? part / whole : null)}</small></td>`;
}
