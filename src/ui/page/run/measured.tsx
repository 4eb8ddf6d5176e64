/** @file The figures of each side with their intervals, ROC curves, confusion. */
import type { Metrics, RocView, RunView } from '../../api.js';
import { count, decimal, interval } from '../format.js';
import { Notes, Scrollable } from '../pieces.js';
import { RocChart } from './roc-chart.js';

/** The best to know first. */
const rows: readonly [string, (metrics: Metrics) => string][] = [
  ['images', ({ n }) => count(n)],
  ['AUC', ({ auc }) => decimal(auc.value)],
  ['  95 % interval', ({ auc }) => interval(auc) || '–'],
  ['average precision', ({ averagePrecision }) => decimal(averagePrecision)],
  ['accuracy', ({ accuracyAtThreshold }) => decimal(accuracyAtThreshold)],
  ['balanced accuracy', ({ balancedAccuracy }) => decimal(balancedAccuracy)],
  ['sensitivity', ({ sensitivity }) => decimal(sensitivity)],
  ['specificity', ({ specificity }) => decimal(specificity)],
  ['Brier score', ({ brier }) => decimal(brier)],
  ['calibration error', ({ calibrationError }) => decimal(calibrationError)],
  ['loss', ({ loss }) => decimal(loss)],
  ['threshold', ({ thresholds }) => thresholds?.map((t) => decimal(t)).join(', ') ?? '–'],
];

export function Measured({
  metrics,
  rocs,
}: {
  metrics: RunView['metrics'];
  rocs: Readonly<Record<string, readonly RocView[]>>;
}) {
  const places = ['test', 'validation'];
  const splits = Object.keys(metrics).sort((a, b) => rank(places, a) - rank(places, b));
  const [main] = splits;
  if (main === undefined) return <p class="empty">Neither validation nor test had images to measure.</p>;
  const { confusionMatrix, classes, perClass } = metrics[main];
  return (
    <>
      <section aria-labelledby="figures">
        <h2 id="figures">Figures</h2>
        <Figures metrics={metrics} splits={splits} />
        <Notes
          title="Worth knowing"
          lines={splits.flatMap((split) => metrics[split].notes.map((note) => `${split}: ${note}`))}
        />
      </section>
      <div class="pair">
        {Object.entries(rocs).map(([split, curves]) => (
          <RocChart key={split} title={`ROC, ${split}`} curves={curves} />
        ))}
      </div>
      {confusionMatrix ? (
        <section aria-labelledby="confusion">
          <h2 id="confusion">Confusion on the {main} images</h2>
          <Confusion matrix={confusionMatrix} classes={classes} />
        </section>
      ) : null}
      {perClass.length > 1 ? <PerClass metrics={metrics[main]} /> : null}
    </>
  );
}

/** Those that are not named come last, as they are. */
function rank(places: readonly string[], split: string): number {
  const place = places.indexOf(split);
  return place < 0 ? places.length : place;
}

function Figures({ metrics, splits }: { metrics: RunView['metrics']; splits: readonly string[] }) {
  return (
    <Scrollable label="Table of figures">
      <table class="narrow">
        <thead>
          <tr>
            <td />
            {splits.map((split) => (
              <th scope="col" class="n" key={split}>
                {split}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row" class={name.startsWith(' ') ? 'inner' : ''}>
                {name.trim()}
              </th>
              {splits.map((split) => (
                <td class="n" key={split}>
                  {value(metrics[split])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}

function Confusion({
  matrix,
  classes,
}: {
  matrix: readonly (readonly number[])[];
  classes: readonly string[];
}) {
  return (
    <Scrollable label="Confusion matrix">
      <table class="confusion">
        <thead>
          <tr>
            <td>truth ↓ predicted →</td>
            {classes.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.map((cells, i) => {
            const total = cells.reduce((sum, n) => sum + n, 0);
            return (
              <tr key={classes[i]}>
                <th scope="row">{classes[i]}</th>
                {cells.map((n, k) => (
                  <td
                    key={classes[k]}
                    class={i === k ? 'right' : 'wrong'}
                    style={{ '--part': total > 0 ? `${Math.round((100 * n) / total)}%` : '0%' }}
                  >
                    <b>{count(n)}</b>
                    <small>{total > 0 ? `${Math.round((100 * n) / total)} %` : ''}</small>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrollable>
  );
}

function PerClass({ metrics: { perClass } }: { metrics: Metrics }) {
  return (
    <section aria-labelledby="classes">
      <h2 id="classes">Class by class</h2>
      <Scrollable label="Table of classes">
        <table>
          <thead>
            <tr>
              <th scope="col">class</th>
              {['images', 'AUC', '95 % interval', 'sensitivity', 'specificity'].map((name) => (
                <th scope="col" class="n" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {perClass.map(({ name, positives, auc, sensitivity, specificity }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="n">{count(positives)}</td>
                <td class="n">{decimal(auc.value)}</td>
                <td class="n">{interval(auc)}</td>
                <td class="n">{decimal(sensitivity)}</td>
                <td class="n">{decimal(specificity)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
    </section>
  );
}
