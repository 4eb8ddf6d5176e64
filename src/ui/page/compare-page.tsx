/** @file Several finished runs side by side: figures, curves, ROC, and whether they differ. */
import type { ComparedRun, Comparison, PairedTests } from '../api.js';
import { LineChart } from './charts/line-chart.js';
import { useFetched } from './fetched.js';
import { count, counted, decimal, interval, nameOf, pValue } from './format.js';
import { address } from './http.js';
import { metricNames, metricOrder } from './metric-names.js';
import { Heading, Notes, ProblemNote, Scrollable, Waiting } from './pieces.js';
import { linkTo } from './route.js';

export function ComparePage({ ids }: { ids: readonly string[] }) {
  const query = new URLSearchParams(ids.map((id) => ['run', id]));
  const { value, problem } = useFetched<Comparison>(`/api/compare?${query}`);
  return (
    <>
      <Heading title="Comparison">{ids.length} runs compared</Heading>
      <ProblemNote>{problem}</ProblemNote>
      {!value && !problem ? <Waiting>Reading the runs …</Waiting> : null}
      {value ? <Compared comparison={value} /> : null}
    </>
  );
}

function Compared({ comparison }: { comparison: Comparison }) {
  const { split, runs } = comparison;
  const over = (name: string, value: (record: ComparedRun['history'][number]) => number | null) => {
    const series = runs.map(({ name: own, history }, i) => ({
      name: own,
      colour: (i % 8) + 1,
      dots: true,
      points: history.flatMap((record, epoch) => {
        const y = value(record);
        return y === null ? [] : [[epoch + 1, y] as const];
      }),
    }));
    return (
      <LineChart
        title={name}
        description={`${name} over the epochs of ${runs.length} runs.`}
        series={series}
        xLabel="epoch"
        yLabel=""
        x={[1, Math.max(2, ...runs.map(({ history }) => history.length))]}
        wholeX
      />
    );
  };
  const isOneCurve = runs.every(({ roc }) => roc.length === 1);
  return (
    <>
      <section aria-labelledby="figures">
        <h2 id="figures">On the {split} images</h2>
        <Figures comparison={comparison} />
      </section>
      <section aria-labelledby="tests">
        <h2 id="tests">Do they differ?</h2>
        <p class="note">
          Paired tests on the same images. A small p says that the difference is more than chance; with many
          comparisons, some are small by chance.
        </p>
        {pairsOf(runs).map(([first, second]) => (
          <Pair key={`${first.id} ${second.id}`} first={first} second={second} split={split} />
        ))}
      </section>
      <div class="pair">
        {over('Validation loss', (record) => record.validationLoss)}
        {over('Validation AUC', (record) => record.validationAuc)}
        {isOneCurve ? (
          <LineChart
            title={`ROC, ${split}`}
            description={`ROC curves: ${runs.map(({ name, roc }) => `${name}, area ${decimal(roc[0].auc)}`).join('; ')}.`}
            series={runs.map(({ name, roc }, i) => ({ name, points: roc[0].points, colour: (i % 8) + 1 }))}
            xLabel="false positive rate (1 − specificity)"
            yLabel="sensitivity"
            x={[0, 1]}
            y={[0, 1]}
            height={300}
            diagonal
          />
        ) : null}
      </div>
    </>
  );
}

function Figures({ comparison: { split, runs, differing } }: { comparison: Comparison }) {
  return (
    <Scrollable label="Figures of each run">
      <table>
        <thead>
          <tr>
            <th scope="col">run</th>
            {differing.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
            {['AUC', '95 % interval', 'accuracy', 'sensitivity', 'specificity', 'epochs done'].map((name) => (
              <th scope="col" class="n" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map(({ id, name, options, metrics, history }, i) => {
            const figures = metrics[split];
            return (
              <tr key={id}>
                <th scope="row">
                  <i class={`swatch block c${(i % 8) + 1}`} aria-hidden="true" />
                  <a href={linkTo('run', { id })}>{name}</a>
                </th>
                {differing.map((option) => (
                  <td key={option}>{optionText(options[option])}</td>
                ))}
                <td class="n">
                  <b>{decimal(figures?.auc.value)}</b>
                </td>
                <td class="n">{figures ? interval(figures.auc) : ''}</td>
                <td class="n">{decimal(figures?.accuracyAtThreshold)}</td>
                <td class="n">{decimal(figures?.sensitivity)}</td>
                <td class="n">{decimal(figures?.specificity)}</td>
                <td class="n">{count(history.length)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrollable>
  );
}

function optionText(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' && /[/\\]/.test(value) ? nameOf(value) : String(value);
}

/** Each with each. */
function pairsOf(runs: readonly ComparedRun[]): [ComparedRun, ComparedRun][] {
  return runs.flatMap((first, i) =>
    runs.slice(i + 1).map((second): [ComparedRun, ComparedRun] => [first, second]),
  );
}

interface PairProps {
  readonly first: ComparedRun;
  readonly second: ComparedRun;
  readonly split: string;
}

function Pair({ first, second, split }: PairProps) {
  const title = `${first.name} − ${second.name}`;
  const { value, problem } = useFetched<PairedTests>(
    address('/api/compare/pair', { first: first.id, second: second.id, split }),
  );
  return (
    <div class="paired">
      <h3>{title}</h3>
      {!value && !problem ? <Waiting>Testing …</Waiting> : null}
      <ProblemNote>{problem}</ProblemNote>
      {value ? <PairTable title={title} tests={value} /> : null}
    </div>
  );
}

function PairTable({ title, tests }: { title: string; tests: PairedTests }) {
  const { metrics, n, unit, units, notes } = tests;
  const measured = metricOrder.flatMap((name) =>
    metrics.filter((metric) => metric.name === name && metric.difference.value !== null),
  );
  return (
    <>
      <p class="note">
        {counted(n, 'image')}
        {unit === 'group' ? ` of ${counted(units, 'group')}` : ''}
      </p>
      <Notes title="Worth knowing" lines={notes} />
      <Scrollable label={title}>
        <table>
          <thead>
            <tr>
              <th scope="col">metric</th>
              {['difference', '95 % interval', 'p'].map((name) => (
                <th scope="col" class="n" key={name}>
                  {name}
                </th>
              ))}
              <th scope="col">test</th>
            </tr>
          </thead>
          <tbody>
            {measured.map(({ name, difference, pValue: p, test }) => (
              <tr key={name}>
                <th scope="row">{metricNames[name]}</th>
                <td class="n">{decimal(difference.value)}</td>
                <td class="n">{interval(difference)}</td>
                <td class="n">{pValue(p)}</td>
                <td class="whole">{test}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
    </>
  );
}
