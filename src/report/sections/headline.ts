/** @file The answer first: how good the network is, with its interval, and what it took. */
import { count, duration, known, percent, plural, range, score, share } from '../format.js';
import { type Content, type Html, html } from '../html.js';
import type { ReportData } from '../types.js';
import { intervalBar } from './interval.js';

export function headline(data: ReportData): Html {
  const { model, method, environment, history, dataset } = data;
  const trained = method.roles.reduce((sum, role) => sum + role.trained, 0);
  const total = method.roles.reduce((sum, role) => sum + role.trained + role.frozen, 0);
  return html`<header class="headline">
    <p class="kicker">Transfuse report</p>
    <h1>${data.name}</h1>
    <p class="lead">${model.name} taught to tell ${list(data.classes)} on images of <span class="path">${dataset.source}</span>, by <code>${method.name}</code>.</p>
    <div class="answer">
      ${answer(data)}
      <dl class="facts">
        ${data.splits.length > 0 && moreFacts(data)}
        ${fact('trained', `${count(trained)}`, `${share(trained, total)} of ${count(total)} parameters`)}
        ${fact('epochs', history.length === 0 ? '–' : count(history.length), phasesOf(data))}
        ${fact('time', duration(environment.seconds), `${plural(environment.threads, 'thread')}, seed ${environment.seed}`)}
      </dl>
    </div>
  </header>`;
}

function answer({ splits, task, classes }: ReportData): Html {
  const split = splits.at(-1);
  if (!split)
    return html`<div class="auc"><p class="what">No split was evaluated</p><p class="value">–</p></div>`;
  const { auc, n, notes } = split.metrics;
  const one = task === 'binary';
  if (!known(auc.value))
    return html`<div class="auc">
      <p class="what">AUC, ${split.name}</p><p class="value">–</p>
      <p class="meaning">Undefined on these ${plural(n, 'image')}. ${notes[0]}</p>
    </div>`;
  return html`<div class="auc">
    <p class="what">${one ? 'AUC' : 'Mean AUC'}, ${split.name}</p>
    <p class="value">${score(auc.value)}</p>
    ${known(auc.low) && html`<p class="interval">95 % interval <b>${range(auc)}</b></p>${intervalBar(auc, [Math.min(0.5, auc.low), 1], true)}`}
    <p class="meaning">${
      one
        ? html`Of two of these ${count(n)} images, one ${classes[1]} and one ${classes[0]}, the network gives the
          ${classes[1]} one the higher probability ${percent(auc.value)} of the time.`
        : html`Mean over the classes, each against the rest, on ${plural(n, 'image')}.`
    }</p>
  </div>`;
}

function moreFacts({ splits, task }: ReportData): Content {
  const { metrics } = splits.at(-1)!;
  if (task !== 'binary')
    return [
      fact(
        'accuracy',
        percent(metrics.accuracy),
        task === 'multi-class' ? 'of the most probable class' : 'over all labels, at 0.5',
      ),
      fact('balanced accuracy', percent(metrics.balancedAccuracy), 'mean over classes'),
      fact('average precision', score(metrics.averagePrecision), 'mean over classes'),
    ];
  return [
    fact('accuracy', percent(metrics.accuracy), 'at probability 0.5'),
    fact('sensitivity', percent(metrics.sensitivity), `at threshold ${score(metrics.thresholds?.[0])}`),
    fact('specificity', percent(metrics.specificity), `at threshold ${score(metrics.thresholds?.[0])}`),
  ];
}

function fact(name: string, value: string, note: string): Html {
  return html`<div><dt>${name}</dt><dd><b>${value}</b><small>${note}</small></dd></div>`;
}

function phasesOf({ history, method }: ReportData): string {
  return method.phases
    .map(({ name }) => ({ name, epochs: history.filter((epoch) => epoch.phase === name).length }))
    .filter(({ epochs }) => epochs > 0)
    .map(({ name, epochs }) => `${epochs} ${name}`)
    .join(' + ');
}

/** `A and B`, `A, B and C`; long lists are cut. */
function list(names: readonly string[]): string {
  const shown = names.length > 10 ? [...names.slice(0, 8), `${names.length - 8} more`] : names;
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
