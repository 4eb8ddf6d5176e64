/** @file All runs, the latest first; two or more can be compared. */
import { useEffect, useState } from 'preact/hooks';
import type { RunSummary, Welcome } from '../api.js';
import { useFetched } from './fetched.js';
import { decimal, interval, nameOf } from './format.js';
import { Heading, ProblemNote, Waiting } from './pieces.js';
import { linkTo } from './route.js';
import { StateMark } from './run/state-mark.js';

/** Runs may also be started from a terminal, so the list is looked at again now and then. */
const AGAIN_MS = 5000;

export function RunsPage({ welcome }: { welcome: Welcome }) {
  const [round, setRound] = useState(0);
  const { value: runs, problem } = useFetched<RunSummary[]>('/api/runs', round);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  useEffect(() => {
    const timer = setInterval(() => setRound((n) => n + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const toggle = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return (
    <>
      <div class="headline">
        <div>
          <Heading title="Runs">Runs</Heading>
          <p class="lead">
            Kept in <span class="path">{welcome.runs}</span>
          </p>
        </div>
        <a class="button primary" href={linkTo('new')}>
          New run
        </a>
      </div>
      <ProblemNote>{problem}</ProblemNote>
      {!runs && !problem ? <Waiting>Looking for runs …</Waiting> : null}
      {runs?.length === 0 ? (
        <div class="empty">
          <p>There are no runs yet.</p>
          <p>
            A folder with one folder of images per class is all it takes:{' '}
            <a href={linkTo('new')}>start one</a>.
          </p>
        </div>
      ) : null}
      {runs && runs.length > 0 ? (
        <>
          <ul class="run-list">
            {runs.map((run) => (
              <RunRow
                key={run.id}
                run={run}
                chosen={chosen.includes(run.id)}
                onToggle={() => toggle(run.id)}
              />
            ))}
          </ul>
          <div class="bottom-bar">
            {chosen.length >= 2 ? (
              <a class="button" href={linkTo('compare', { run: chosen })}>
                Compare {chosen.length} runs
              </a>
            ) : (
              <p class="note">Tick two or more finished runs to compare them.</p>
            )}
          </div>
        </>
      ) : null}
    </>
  );
}

function RunRow({ run, chosen, onToggle }: { run: RunSummary; chosen: boolean; onToggle: () => void }) {
  const auc = run.testAuc?.value ?? run.validationAuc;
  return (
    <li class={chosen ? 'chosen' : ''}>
      <label class="tick">
        <input
          type="checkbox"
          checked={chosen}
          disabled={run.state !== 'finished'}
          onChange={onToggle}
          aria-label={`Compare ${run.name}`}
        />
      </label>
      <div class="what">
        <a href={linkTo('run', { id: run.id })}>{run.name}</a>
        <small>
          {run.method} · {nameOf(run.model)} · <span title={run.data}>{nameOf(run.data)}</span>
        </small>
      </div>
      <StateMark state={run.state} />
      <div class="score">
        {auc === null ? null : (
          <>
            <b>{decimal(auc)}</b>
            <small>{run.testAuc ? `test AUC ${interval(run.testAuc)}` : 'validation AUC'}</small>
          </>
        )}
      </div>
    </li>
  );
}
