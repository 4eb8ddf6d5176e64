/** @file The training of this tab: how it goes, and what it has brought. */
import { useState } from 'preact/hooks';
import { ProblemNote } from '../../ui/page/pieces.js';
import { Measured } from '../../ui/page/run/measured.js';
import { StateMark } from '../../ui/page/run/state-mark.js';
import { TrainingView } from '../../ui/page/run/training-view.js';
import { computing, download, run, stop, trained } from './state.js';

export function RunSection() {
  const view = run.value!;
  return (
    <>
      <section aria-labelledby="run">
        <div class="headline">
          <h2 id="run">
            This run <StateMark state={view.state} />
          </h2>
          {view.state === 'running' ? (
            <button type="button" onClick={stop}>
              Stop
            </button>
          ) : null}
        </div>
        <p class="computing" role="status">
          {computing.value ? `Computing on ${computing.value}` : ''}
        </p>
        <ProblemNote>{view.failure}</ProblemNote>
        {view.state === 'stopped' ? (
          <p class="note">It was stopped before its end, so there is nothing to download.</p>
        ) : null}
        {trained.value ? <Downloads /> : null}
        <TrainingView run={view} />
      </section>
      {trained.value ? <Measured metrics={trained.value.metrics} rocs={trained.value.rocs} /> : null}
    </>
  );
}

function Downloads() {
  const [problem, setProblem] = useState<string | undefined>();
  const save = (what: 'adapter' | 'model') => {
    setProblem(undefined);
    download(what).catch((error: Error) => setProblem(error.message));
  };
  return (
    <>
      <div class="actions">
        <button type="button" class="primary" onClick={() => save('adapter')}>
          Download the adapter
        </button>
        <button type="button" onClick={() => save('model')}>
          Download the ONNX model
        </button>
      </div>
      <p class="note">
        The adapter is the file that <code>transfuse predict</code>, <code>evaluate</code>,{' '}
        <code>export</code> and <code>serve</code> take, and this page, too. The ONNX model is whole: pixels
        of any size in, probabilities out.
      </p>
      <ProblemNote>{problem}</ProblemNote>
    </>
  );
}
