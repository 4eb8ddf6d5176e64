/** @file Drop images in, get predictions. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PredictionsView, PredictionView, RunView } from '../../api.js';
import { counted } from '../format.js';
import { address, post } from '../http.js';
import { ProblemNote, Waiting } from '../pieces.js';
import { HeatmapDialog } from './heatmap-dialog.js';
import { Probabilities } from './probabilities.js';

/** What the server takes at a time. */
const MOST = 500;

interface Shown {
  readonly prediction: PredictionView;
  readonly file: File | undefined;
  readonly url: string | undefined;
}

export function PredictView({ run }: { run: RunView }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const [classes, setClasses] = useState<readonly string[]>([]);
  const [asked, setAsked] = useState(0);
  const [problem, setProblem] = useState<string | undefined>();
  const [over, setOver] = useState(false);
  const [open, setOpen] = useState<Shown | undefined>();
  const urls = useRef<string[]>([]);
  useEffect(
    () => () => {
      for (const url of urls.current) URL.revokeObjectURL(url);
    },
    [],
  );
  const predict = async (files: readonly File[]) => {
    if (files.length === 0) return;
    if (files.length > MOST) return setProblem(`at most ${MOST} images at a time; these are ${files.length}`);
    setProblem(undefined);
    setAsked(files.length);
    try {
      const { classes: names, predictions } = await post<PredictionsView>(
        address('/api/runs/predict', { run: run.id }),
        formOf(files),
      );
      const latest = predictions.map((prediction) => {
        const file = files.find(({ name }) => name === prediction.name.replace(/#\d+$/, ''));
        const url = file && canShow(file) ? URL.createObjectURL(file) : undefined;
        if (url) urls.current.push(url);
        return { prediction, file, url };
      });
      setClasses(names);
      setShown((before) => [...latest, ...before]);
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setAsked(0);
    }
  };
  return (
    <section aria-labelledby="predict">
      <h2 id="predict">Predict new images</h2>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the input within does the same by keyboard */}
      <div
        class={`drop${over ? ' over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void predict([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <label for="files">Drop images here, or choose them</label>
        <input
          id="files"
          type="file"
          multiple
          onChange={({ currentTarget }) => {
            void predict([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
        <p class="note">JPEG, PNG, TIFF, WebP, BMP, DICOM. They stay on this machine and are not kept.</p>
      </div>
      <div role="status">{asked > 0 ? <Waiting>Predicting {counted(asked, 'image')} …</Waiting> : null}</div>
      <ProblemNote>{problem}</ProblemNote>
      <ul class="gallery">
        {shown.map((one, i) => (
          <Predicted key={shown.length - i} {...one} classes={classes} onOpen={() => setOpen(one)} />
        ))}
      </ul>
      {open?.file ? (
        <HeatmapDialog
          title={open.prediction.name}
          classes={classes}
          probabilities={open.prediction.probabilities}
          predicted={open.prediction.labels}
          picture={open.url ?? ''}
          heatmap={(about) => heatmapOf(run.id, about, open.file!)}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </section>
  );
}

function Predicted({
  prediction,
  url,
  classes,
  onOpen,
}: Shown & { classes: readonly string[]; onOpen: () => void }) {
  const { name, labels, probabilities, problem } = prediction;
  if (problem !== null) {
    return (
      <li>
        <p class="problem">{problem}</p>
      </li>
    );
  }
  return (
    <li>
      <button type="button" class="thumbnail" onClick={onOpen} aria-label={`Look closer at ${name}`}>
        {url ? <img src={url} alt="" /> : <span>no preview</span>}
      </button>
      <p>
        <b>{labels.join(', ') || 'none of them'}</b>
      </p>
      <Probabilities classes={classes} probabilities={probabilities} most={3} />
      <p class="path" title={name}>
        {name}
      </p>
    </li>
  );
}

function formOf(files: readonly File[]): FormData {
  const form = new FormData();
  for (const file of files) form.append('image', file, file.name);
  return form;
}

/** What browsers draw; TIFF and DICOM they do not. */
const canShow = ({ name }: File): boolean => /\.(jpe?g|png|webp|bmp|gif)$/i.test(name);

/** The image is sent once more, as none is kept. @returns the address of the answer */
async function heatmapOf(run: string, about: string, file: File): Promise<string> {
  const url = address('/api/runs/heatmap', { run, about });
  const response = await fetch(url, { method: 'POST', body: formOf([file]) });
  if (!response.ok) throw new Error((await response.json()).detail);
  return URL.createObjectURL(await response.blob());
}
