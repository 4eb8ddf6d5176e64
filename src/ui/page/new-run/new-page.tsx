/** @file From a folder to a run: choose it, see what is in it, change what is not right, start. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DataSummary, OptionRow, Said, Welcome } from '../../api.js';
import { post } from '../http.js';
import { Heading, ProblemNote, Waiting } from '../pieces.js';
import { linkTo } from '../route.js';
import { DataOverview } from './data-overview.js';
import { OptionsForm } from './options-form.js';
import { PathDialog } from './path-dialog.js';

/** After the last key. */
const PAUSE_MS = 400;

export function NewPage({ welcome, data: asked }: { welcome: Welcome; data: string }) {
  const [written, setWritten] = useState(asked);
  const [chosen, setChosen] = useState(asked);
  const [browsing, setBrowsing] = useState(false);
  const [said, setSaid] = useState<Said>({});
  const problems = useChecked(said);
  const { data, problem, busy } = useData(chosen, saidOfData(said, welcome.options));
  const choose = (path: string) => {
    setWritten(path);
    setChosen(path);
  };
  const say = (name: string, value: string | boolean | undefined) => {
    setSaid(({ [name]: _, ...others }) => (value === undefined ? others : { ...others, [name]: value }));
  };
  return (
    <>
      <Heading title="New run">New run</Heading>
      <section aria-labelledby="images">
        <h2 id="images">Images</h2>
        <form
          class="choose"
          onSubmit={(event) => {
            event.preventDefault();
            setChosen(written.trim());
          }}
        >
          <label for="data">Folder of class folders, or a CSV of paths and labels</label>
          <div class="with-button">
            <input
              id="data"
              type="text"
              value={written}
              placeholder={welcome.folder}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => setWritten(currentTarget.value)}
            />
            <button type="button" onClick={() => setBrowsing(true)}>
              Browse …
            </button>
            <button type="submit" disabled={written.trim() === ''}>
              Look inside
            </button>
          </div>
        </form>
        {browsing ? (
          <PathDialog
            title="Choose a folder of images"
            start={data?.path ?? welcome.folder}
            home={welcome.home}
            files={/\.(csv|tsv|txt|npz|h5|hdf5|tfrecord)$/i}
            folders
            onChoose={choose}
            onClose={() => setBrowsing(false)}
          />
        ) : null}
        <ProblemNote>{problem}</ProblemNote>
        {busy ? <Waiting>Looking at {chosen} …</Waiting> : null}
        {data ? <DataOverview data={data} /> : null}
      </section>
      {data ? (
        <section aria-labelledby="training">
          <h2 id="training">Training</h2>
          <OptionsForm
            welcome={welcome}
            said={said}
            problems={problems}
            groupings={data.suggestions}
            onSay={say}
          />
          <Start data={data.path} said={said} />
        </section>
      ) : null}
    </>
  );
}

function Start({ data, said }: { data: string; said: Said }) {
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const start = async () => {
    setStarting(true);
    setProblem(undefined);
    try {
      const { id } = await post<{ id: string }>('/api/runs', { data, options: said });
      location.hash = linkTo('run', { id });
    } catch (error) {
      setProblem((error as Error).message);
      setStarting(false);
    }
  };
  return (
    <div class="start">
      <ProblemNote>{problem}</ProblemNote>
      <button type="button" class="primary large" disabled={starting} onClick={start}>
        Start training
      </button>
      {starting ? <Waiting>Reading the network and the data …</Waiting> : null}
    </div>
  );
}

/** Only what changes how the data are read. */
function saidOfData(said: Said, options: readonly OptionRow[]): Said {
  const matter = options
    .filter(({ group, name }) => group === 'Data' || name === 'seed')
    .map(({ name }) => name);
  return Object.fromEntries(Object.entries(said).filter(([name]) => matter.includes(name)));
}

/** What is in the folder, looked at anew when that or how it is read changes. */
function useData(path: string, options: Said) {
  const [found, setFound] = useState<{ data?: DataSummary; problem?: string; busy: boolean }>({
    busy: false,
  });
  const question = JSON.stringify({ path, options });
  const last = useRef('');
  useEffect(() => {
    if (path === '') return;
    const asking = new AbortController();
    const isSamePlace = last.current === path;
    last.current = path;
    // What was seen stays while the same folder is looked at in another way.
    setFound((before) => ({ ...(isSamePlace && { data: before.data }), busy: true }));
    const timer = setTimeout(
      () =>
        post<DataSummary>('/api/data', JSON.parse(question), asking.signal).then(
          (data) => setFound({ data, busy: false }),
          (error: Error) => {
            if (asking.signal.aborted) return;
            setFound((before) => ({
              ...(isSamePlace && { data: before.data }),
              problem: error.message,
              busy: false,
            }));
          },
        ),
      isSamePlace ? PAUSE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [question, path]);
  return found;
}

/** What is wrong with each option, asked of the server a moment after the last change. */
function useChecked(said: Said): Readonly<Record<string, string>> {
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
    const asking = new AbortController();
    const timer = setTimeout(
      () =>
        post<Record<string, string>>('/api/options/check', said, asking.signal).then(setProblems, () => {}),
      PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [said]);
  return problems;
}
