/** @file Whether the probabilities can be taken at their word. */
import { confidenceHistogram, reliabilityChart } from '../charts/reliability.js';
import { known, percent, percentRange, range, score, significant } from '../format.js';
import { type Html, html } from '../html.js';
import { legend, MUTED, SERIES } from '../plot.js';
import type { ReportData } from '../types.js';

function meaning({ task, classes }: ReportData): string {
  if (task === 'multi-class')
    return 'Above the diagonal the network is right more often than it thinks, below it less often.';
  const what = task === 'binary' ? classes[1] : 'the label';
  return `Above the diagonal ${what} is commoner than predicted, below it rarer.`;
}

export function calibration(data: ReportData): Html {
  const split = data.splits.at(-1);
  if (!split || split.metrics.n === 0) return html``;
  const { calibrationError, brier, calibrated } = split.metrics;
  const groups =
    data.task === 'multi-class'
      ? ['right', 'wrong']
      : data.task === 'binary'
        ? [data.classes[1], data.classes[0]]
        : ['with the label', 'without'];
  return html`<section>
    <h2>Calibration <small>${split.name}</small></h2>
    <p>Expected calibration error <b>${percent(calibrationError)}</b>, Brier score <b>${score(brier)}</b>. ${meaning(data)}</p>
    ${
      calibrated &&
      html`<p>Temperature scaling (${significant(calibrated.temperature)}, fitted on validation) makes that
      <b>${percent(calibrated.calibrationError.value)}</b>${interval(percentRange(calibrated.calibrationError))} and <b>${score(calibrated.brier.value)}</b>${interval(known(calibrated.brier.low) ? range(calibrated.brier) : '')}, and the loss
      ${significant(split.metrics.loss)} → <b>${significant(calibrated.loss.value)}</b>. Predictions are scaled only on request (<code>--calibrate</code>).</p>`
    }
    <div class="pair">
      <figure><figcaption>Reliability</figcaption>${legend([
        { label: 'observed, with 95 % interval', colour: SERIES[0] },
        { label: 'ideal', colour: MUTED, mark: 'dashed' },
      ])}${reliabilityChart(data, split)}</figure>
      <figure><figcaption>How sure it was <small>predictions by probability</small></figcaption>${legend([
        { label: groups[0], colour: SERIES[0], mark: 'dot' },
        { label: groups[1], colour: SERIES[1], mark: 'dot' },
      ])}${confidenceHistogram(data, split)}</figure>
    </div>
  </section>`;
}

function interval(text: string): string {
  return text === '' ? '' : ` (95 % interval ${text})`;
}
