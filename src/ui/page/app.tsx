/** @file The frame of every view, and which view it is. */
import type { Welcome } from '../api.js';
import { ComparePage } from './compare-page.js';
import { useFetched } from './fetched.js';
import { NewPage } from './new-run/new-page.js';
import { ProblemNote, Waiting } from './pieces.js';
import { linkTo, route } from './route.js';
import { RunPage } from './run/run-page.js';
import { RunsPage } from './runs-page.js';

export function App() {
  const { value: welcome, problem } = useFetched<Welcome>('/api/welcome');
  const { view } = route.value;
  const here = (name: string) => (view === name ? 'page' : undefined);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')!.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={linkTo('runs')}>
          Transfuse
        </a>
        <nav aria-label="Main">
          <a href={linkTo('runs')} aria-current={here('runs')}>
            Runs
          </a>
          <a href={linkTo('new')} aria-current={here('new')}>
            New run
          </a>
          <a href="./browser/">In a browser tab</a>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        {problem ? <ProblemNote>{problem}</ProblemNote> : null}
        {welcome ? <View welcome={welcome} /> : problem ? null : <Waiting>Connecting …</Waiting>}
      </main>
      <footer>
        <p>
          Everything here happens on this machine; nothing is sent anywhere.
          {welcome ? ` Transfuse ${welcome.version}.` : ''}
        </p>
      </footer>
    </>
  );
}

function View({ welcome }: { welcome: Welcome }) {
  const { view, query } = route.value;
  switch (view) {
    case 'new':
      return <NewPage key={query.get('data')} welcome={welcome} data={query.get('data') ?? ''} />;
    case 'run':
      return (
        <RunPage key={query.get('id')} id={query.get('id') ?? ''} tab={query.get('tab') ?? 'training'} />
      );
    case 'compare':
      return <ComparePage ids={query.getAll('run')} />;
    default:
      return <RunsPage welcome={welcome} />;
  }
}
