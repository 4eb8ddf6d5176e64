/** @file The images that the network got most confidently wrong. */
import { percent } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData, WrongImage } from '../types.js';

/** Only pictures held in the file itself are shown: a report asks nobody for anything. */
const EMBEDDED_IMAGE = /^data:image\/(png|jpeg|webp|gif|avif);base64,[A-Za-z0-9+/]+=*$/;

export function mostWrong({ mostWrong: images, splits }: ReportData): Html {
  const split = splits.at(-1);
  if (!split || split.metrics.n === 0) return html``;
  return html`<section>
    <h2>Most wrong <small>${split.name}</small></h2>
    ${
      images.length === 0
        ? html`<p class="absent">No image was wrong.</p>`
        : html`<p class="note">Wrong and sure of it, worst first. Look here for mislabelled or unusual images.</p>
            <ol class="gallery">${images.map(card)}</ol>`
    }
  </section>`;
}

function card({ id, dataUrl, target, predicted, probability }: WrongImage): Html {
  const picture = EMBEDDED_IMAGE.test(dataUrl)
    ? html`<img src="${dataUrl}" alt="${id}">`
    : html`<span class="absent">no preview</span>`;
  return html`<li>
    <div class="thumbnail">${picture}</div>
    <p><b>${target}</b></p>
    <p>taken for <b class="mistake">${predicted}</b></p>
    <p class="path" title="${id}">${percent(probability)} ${id.split(/[\\/]/).at(-1)}</p>
  </li>`;
}
