/** @file Where in the network training changed something. */
import { movementChart } from '../charts/layers.js';
import { known, percent } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData } from '../types.js';

export function movement({ layers }: ReportData): Html {
  const changes = layers.flatMap((layer) => [layer.scaleChange, layer.centreChange]).filter(known);
  if (changes.length === 0)
    return html`<section><h2>What moved</h2><p class="absent">No batch norm was trained: scale and centre are those of the base.</p></section>`;
  const top = Math.max(...changes, 1e-4) * 1.05;
  const rows = layers.map(
    ({ layer, scaleChange, centreChange }, i) =>
      html`<tr><td class="index">${i + 1}</td><th scope="row"><code>${layer}</code></th><td class="n">${percent(scaleChange)}</td><td class="n">${percent(centreChange)}</td></tr>`,
  );
  return html`<section>
    <h2>What moved</h2>
    <p class="note">How far each batch norm's scale and centre moved from the base: root mean square of the change, relative
      to that of the original.</p>
    <div class="pair">${movementChart(layers, 'scale', top)}${movementChart(layers, 'centre', top)}</div>
    <details><summary>Every layer</summary><div class="scroll"><table>
      <thead><tr><th></th><th>layer</th><th class="n">scale</th><th class="n">centre</th></tr></thead><tbody>${rows}</tbody>
    </table></div></details>
  </section>`;
}
