/** @file One run: how it stands, and the views of it. */
import { useState } from 'preact/hooks';
import type { RunView } from '../../api.js';
import { nameOf } from '../format.js';
import { address, post } from '../http.js';
import { Heading, ProblemNote, Waiting } from '../pieces.js';
import { linkTo } from '../route.js';
import { ImagesView } from './images-view.js';
import { PredictView } from './predict-view.js';
import { ResultsView } from './results-view.js';
import { StateMark } from './state-mark.js';
import { TrainingView } from './training-view.js';
import { useRun } from './use-run.js';

const tabs = { training: 'Training', results: 'Results', images: 'Images', predict: 'Predict' };

export function RunPage({ id, tab }: { id: string; tab: string }) {
  const [round, setRound] = useState(0);
  const { run, problem } = useRun(id, round);
  const name = run?.name ?? nameOf(id);
  return (
    <>
      <div class="headline">
        <div>
          <Heading title={name}>
            {name} {run ? <StateMark state={run.state} /> : null}
          </Heading>
          <p class="lead">
            {run ? (
              <>
                {String(run.options.method)} · {nameOf(String(run.options.model))} ·{' '}
                <span class="path">{run.data}</span>
              </>
            ) : null}
          </p>
        </div>
        {run ? <Actions run={run} onResumed={() => setRound(round + 1)} /> : null}
      </div>
      <ProblemNote>{problem}</ProblemNote>
      <ProblemNote>{run?.failure}</ProblemNote>
      {!run && !problem ? <Waiting>Opening the run …</Waiting> : null}
      {run ? (
        <>
          <nav class="tabs" aria-label="Views of this run">
            {Object.entries(tabs).map(([key, label]) => (
              <a
                key={key}
                href={linkTo('run', { id, tab: key })}
                aria-current={key === tab ? 'page' : undefined}
              >
                {label}
              </a>
            ))}
          </nav>
          <Tab run={run} tab={tab} />
        </>
      ) : null}
    </>
  );
}

function Tab({ run, tab }: { run: RunView; tab: string }) {
  if (tab === 'training' || !(tab in tabs)) return <TrainingView run={run} />;
  if (run.state !== 'finished') {
    return <p class="empty">This will be here when the run has finished.</p>;
  }
  if (tab === 'results') return <ResultsView run={run} />;
  if (tab === 'images') return <ImagesView run={run} />;
  return <PredictView run={run} />;
}

function Actions({ run, onResumed }: { run: RunView; onResumed: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const ask = async (what: 'stop' | 'resume') => {
    setBusy(true);
    setProblem(undefined);
    try {
      await post(address(`/api/runs/${what}`, { run: run.id }));
      if (what === 'resume') onResumed();
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const isLive = run.state === 'starting' || run.state === 'running';
  const canResume = run.state === 'stopped' || run.state === 'failed';
  return (
    <div class="actions">
      {isLive ? (
        <button type="button" disabled={busy} onClick={() => ask('stop')}>
          Stop
        </button>
      ) : null}
      {run.state === 'stopping' ? <Waiting>Stopping after this step …</Waiting> : null}
      {canResume ? (
        <button type="button" class="primary" disabled={busy} onClick={() => ask('resume')}>
          Resume
        </button>
      ) : null}
      {run.state === 'finished' ? <Downloads id={run.id} /> : null}
      <ProblemNote>{problem}</ProblemNote>
    </div>
  );
}

function Downloads({ id }: { id: string }) {
  return (
    <>
      <a class="button" href={address('/api/runs/report', { run: id })} target="_blank" rel="noreferrer">
        Open report
      </a>
      <details class="menu">
        <summary class="button primary">Download</summary>
        <ul>
          <li>
            <a href={address('/api/runs/onnx', { run: id })} download>
              ONNX model <small>pixels in, probabilities out</small>
            </a>
          </li>
          <li>
            <a href={address('/api/runs/file', { run: id, what: 'adapter' })} download>
              Adapter <small>what was trained, well under 1 MB</small>
            </a>
          </li>
          <li>
            <a href={address('/api/runs/file', { run: id, what: 'report' })} download>
              Report <small>one file, works offline</small>
            </a>
          </li>
          <li>
            <a href={address('/api/runs/card', { run: id })} download>
              Model card <small>data, method, results, limits; Markdown</small>
            </a>
          </li>
          <li>
            <a href={address('/api/runs/file', { run: id, what: 'metrics' })} download>
              Metrics <small>JSON</small>
            </a>
          </li>
          <li>
            <a href={address('/api/runs/file', { run: id, what: 'config' })} download>
              Options <small>YAML, to run it again</small>
            </a>
          </li>
        </ul>
      </details>
    </>
  );
}
