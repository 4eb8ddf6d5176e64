/** @file The page: one column from images to predictions. */
import { Heading, ProblemNote } from '../../ui/page/pieces.js';
import { PredictImages } from '../../ui/page/run/predict-images.js';
import { ImagesSection } from './images-section.js';
import { RunSection } from './run-section.js';
import {
  adapterProblem,
  downloadPredictions,
  folder,
  openAdapter,
  predict,
  predicted,
  ready,
  run,
} from './state.js';
import { TrainingSection } from './training-section.js';

export function App() {
  const busy = run.value?.state === 'running' || run.value?.state === 'stopping';
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')!.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <span class="brand">Transfuse</span>
        <span class="or">in a browser tab</span>
      </header>
      <main id="main" tabIndex={-1}>
        <div>
          <Heading title="Fine-tune in this tab">Fine-tune in this tab</Heading>
          <p class="lead">
            A small pre-trained network learns your classes by its batch norm and a new head, computed by this
            browser. Images never leave this tab.
          </p>
        </div>
        <ImagesSection busy={busy} />
        {folder.value && !busy ? <TrainingSection busy={busy} /> : null}
        {run.value ? <RunSection /> : null}
        {busy ? null : <Adapter />}
        {ready.value && !busy ? (
          <PredictImages
            key={ready.value.round}
            most={2000}
            note={`JPEG, PNG, WebP, BMP; predicted by ${ready.value.from} (${ready.value.classes.join(', ')}). They stay in this tab.`}
            predict={predict}
          />
        ) : null}
        {predicted.value.length > 0 && !busy ? (
          <div class="actions">
            <button type="button" onClick={downloadPredictions}>
              Download the predictions as CSV
            </button>
          </div>
        ) : null}
      </main>
      <footer>
        <p>
          Everything is computed here. The page loads nothing from anywhere but its own folder, and sends
          nothing.
        </p>
      </footer>
    </>
  );
}

function Adapter() {
  return (
    <section aria-labelledby="adapter">
      <h2 id="adapter">An adapter you have</h2>
      <p class="note">
        To predict with it: an adapter.safetensors of the built-in network, from this page or from{' '}
        <code>transfuse train</code>.
      </p>
      <div class="actions">
        <input
          id="adapter-file"
          class="hidden-input"
          type="file"
          accept=".safetensors"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            currentTarget.value = '';
            if (file) void openAdapter(file);
          }}
        />
        <label class="button" for="adapter-file">
          Open an adapter …
        </label>
      </div>
      <ProblemNote>{adapterProblem.value}</ProblemNote>
    </section>
  );
}
