/** @file How it was run, so that it can be run again. */
import { count, duration } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData } from '../types.js';

export function provenance({ environment, config, model, method }: ReportData): Html {
  const facts: [string, string][] = [
    ['Base', model.name],
    ['SHA-256 of the base', model.hash],
    ['Method', method.name],
    ['Seed', String(environment.seed)],
    ['Threads', String(environment.threads)],
    ['Time', duration(environment.seconds)],
    ...(environment.started ? [['Started', environment.started] as [string, string]] : []),
    ['Transfuse', environment.version],
    ...Object.entries(environment.facts ?? {}),
  ];
  return html`<section>
    <h2>How it was run</h2>
    <pre class="command"><code>${environment.commandLine}</code></pre>
    <div class="pair">
      <div><h3>Environment</h3><dl class="plain">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></div>
      <div><h3>Parameters</h3>${roleTable(method.roles)}</div>
    </div>
    <details class="printed"><summary>Effective configuration</summary><pre><code>${config}</code></pre></details>
  </section>`;
}

function roleTable(roles: ReportData['method']['roles']): Html {
  const sum = (part: 'trained' | 'frozen') => count(roles.reduce((total, role) => total + role[part], 0));
  const rows = roles.map(
    ({ role, trained, frozen }) =>
      html`<tr><th scope="row"><code>${role}</code></th><td class="n">${trained > 0 ? html`<b>${count(trained)}</b>` : '–'}</td><td class="n">${frozen > 0 ? count(frozen) : '–'}</td></tr>`,
  );
  return html`<table>
    <thead><tr><th>role</th><th class="n">trained</th><th class="n">frozen</th></tr></thead>
    <tbody>${rows}<tr class="sum"><th scope="row">all</th><td class="n"><b>${sum('trained')}</b></td><td class="n">${sum('frozen')}</td></tr></tbody>
  </table>`;
}
