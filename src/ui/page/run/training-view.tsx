/** @file How the training goes: what is being done, the curves, which layers move. */
import { useMemo } from 'preact/hooks';
import type { EpochRecord, LayerMovement, RunView } from '../../api.js';
import { LayersChart } from '../charts/layers-chart.js';
import { LineChart } from '../charts/line-chart.js';
import { useFetched } from '../fetched.js';
import { count, decimal, duration, rate } from '../format.js';
import { address } from '../http.js';
import { Fact, Notes, Part, Scrollable, Waiting } from '../pieces.js';

export function TrainingView({ run }: { run: RunView }) {
  const isFinished = run.state === 'finished';
  const asksForLayers = isFinished && run.movement.length === 0;
  const { value: kept, problem } = useFetched<LayerMovement[]>(
    asksForLayers ? address('/api/runs/movement', { run: run.id }) : undefined,
  );
  const layers = run.movement.length > 0 ? run.movement : (kept ?? []);
  return (
    <>
      {run.stage ? <Progress run={run} /> : null}
      <Facts run={run} />
      <Curves run={run} />
      {asksForLayers && !kept && !problem ? (
        <Waiting>Measuring how far the layers have moved …</Waiting>
      ) : null}
      <LayersChart layers={layers} />
      <Notes title="Worth knowing" lines={run.warnings} />
      <Method run={run} />
      {run.history.length > 0 ? <Epochs history={run.history} /> : null}
    </>
  );
}

export function Progress({ run }: { run: Pick<RunView, 'stage'> }) {
  const { title, done, total, secondsLeft } = run.stage!;
  const said = total > 0 ? `${count(done)} of ${count(total)}` : '';
  return (
    <div class="progress">
      <p>
        <b>{title}</b>
        <span>
          {said}
          {secondsLeft === null || total === 0 ? '' : ` · ${duration(secondsLeft)} left`}
        </span>
      </p>
      <progress aria-label={title} max={total || 1} value={total > 0 ? done : undefined} />
    </div>
  );
}

export function Facts({ run: { step, history } }: { run: Pick<RunView, 'step' | 'history'> }) {
  const last = history.at(-1);
  if (!step && !last) return null;
  const best = history.findLast((record) => record.best);
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  return (
    <dl class="facts">
      <Fact name="training loss" note={step ? 'of this epoch so far' : 'of the last epoch'}>
        {decimal(step?.loss ?? last?.trainLoss)}
      </Fact>
      <Fact
        name="validation AUC"
        note={best ? `in the best epoch, loss ${decimal(best.validationLoss)}` : 'after the first epoch'}
      >
        {decimal(best?.validationAuc)}
      </Fact>
      <Fact name="learning rate">{rate(step?.learningRate ?? last!.learningRate)}</Fact>
      <Fact name="images a second">{decimal(step?.imagesPerSecond ?? last!.imagesPerSecond, 0)}</Fact>
      <Fact name="epochs done" note={`${duration(seconds)} of training`}>
        {count(history.length)}
      </Fact>
      {step?.mostSecondsLeft ? (
        <Fact name="left at most" note="it ends sooner once validation no longer gets better">
          {duration(step.mostSecondsLeft)}
        </Fact>
      ) : null}
    </dl>
  );
}

export function Curves({ run: { history, trace } }: { run: Pick<RunView, 'history' | 'trace'> }) {
  const { loss, auc, marks, last } = useMemo(() => curvesOf(history, trace), [history, trace]);
  if (loss.every(({ points }) => points.length === 0)) return null;
  return (
    <div class="pair">
      <LineChart
        title="Loss"
        description={`Loss over ${history.length} epochs: training ${decimal(history.at(-1)?.trainLoss)}, validation ${decimal(history.at(-1)?.validationLoss)} in the last.`}
        series={loss}
        xLabel="epoch"
        yLabel="cross-entropy"
        x={last}
        marks={marks}
        wholeX
      />
      <LineChart
        title="Validation AUC"
        description={`Validation AUC over ${history.length} epochs, ${decimal(history.at(-1)?.validationAuc)} in the last.`}
        series={auc}
        xLabel="epoch"
        yLabel="AUC"
        x={last}
        marks={marks}
        wholeX
      />
    </div>
  );
}

function curvesOf(history: readonly EpochRecord[], trace: RunView['trace']) {
  const over = (value: (record: EpochRecord) => number | null) =>
    history.flatMap((record, i) => {
      const y = value(record);
      return y === null ? [] : [[i + 1, y] as const];
    });
  const starts = history.flatMap(({ phase }, i) =>
    phase === history[i - 1]?.phase ? [] : [{ at: i, name: phase }],
  );
  return {
    loss: [
      { name: 'training', points: over((r) => r.trainLoss), colour: 1, dots: true },
      { name: 'validation', points: over((r) => r.validationLoss), colour: 2, dots: true },
      ...(trace.length > 0
        ? [{ name: 'within the epoch', points: trace, colour: 1, style: 'faint' as const }]
        : []),
    ],
    auc: [{ name: 'validation', points: over((r) => r.validationAuc), colour: 2, dots: true }],
    marks: starts,
    last: [0, Math.max(1, Math.ceil(trace.at(-1)?.[0] ?? 0), history.length)] as const,
  };
}

function Method({ run: { phases, roles } }: { run: RunView }) {
  return (
    <section aria-labelledby="method">
      <h2 id="method">What trains</h2>
      <Scrollable label="Phases">
        <table>
          <thead>
            <tr>
              <th scope="col">phase</th>
              <th scope="col">trains</th>
              <th scope="col" class="n">
                parameters
              </th>
              <th scope="col" class="n">
                rate
              </th>
              <th scope="col" class="n">
                epochs
              </th>
              <th scope="col">normalised by</th>
            </tr>
          </thead>
          <tbody>
            {phases.map(({ name, trains, parameters, learningRate, epochs, statistics }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="roles">{trains.join(', ')}</td>
                <td class="n">{parameters === null ? '' : count(parameters)}</td>
                <td class="n">{rate(learningRate)}</td>
                <td class="n">at most {count(epochs)}</td>
                <td class="whole">
                  {statistics === 'frozen' ? 'stored statistics' : 'each batch’s statistics'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
      {roles.length > 0 ? <Trained roles={roles} /> : null}
    </section>
  );
}

function Trained({ roles }: { roles: RunView['roles'] }) {
  const trained = roles.reduce((sum, role) => sum + role.trained, 0);
  const all = roles.reduce((sum, role) => sum + role.trained + role.frozen, 0);
  return (
    <p class="share">
      <Part part={trained / all} />
      {count(trained)} of {count(all)} parameters train ({(100 * (trained / all)).toPrecision(2)} %).
    </p>
  );
}

export function Epochs({ history }: { history: readonly EpochRecord[] }) {
  return (
    <section aria-labelledby="epochs">
      <h2 id="epochs">Epochs</h2>
      <Scrollable label="Table of epochs">
        <table>
          <thead>
            <tr>
              {['epoch', 'rate', 'training loss', 'validation loss', 'validation AUC', 'time'].map((name) => (
                <th scope="col" class="n" key={name}>
                  {name}
                </th>
              ))}
              <th scope="col">phase</th>
            </tr>
          </thead>
          <tbody>
            {history.map((record, i) => (
              <tr key={`${record.phase} ${record.epoch}`} class={record.best ? 'best' : ''}>
                <th scope="row" class="n">
                  {i + 1}
                </th>
                <td class="n">{rate(record.learningRate)}</td>
                <td class="n">{decimal(record.trainLoss, 4)}</td>
                <td class="n">{decimal(record.validationLoss, 4)}</td>
                <td class="n">{decimal(record.validationAuc, 4)}</td>
                <td class="n">{duration(record.seconds)}</td>
                <td class="whole">
                  {record.phase} {record.best ? <small>(best so far)</small> : ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
    </section>
  );
}
