/** @file Drop images in, get predictions. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PredictionsView, PredictionView } from '../../api.js';
import { counted } from '../format.js';
import { ProblemNote, Waiting } from '../pieces.js';
import { HeatmapDialog } from './heatmap-dialog.js';
import { Probabilities } from './probabilities.js';

interface Shown {
  readonly prediction: PredictionView;
  readonly file: File | undefined;
  readonly url: string | undefined;
}

export interface PredictImagesProps {
  /** Images at a time. */
  readonly most: number;
  /** What is read, and what becomes of it. */
  readonly note: string;
  readonly predict: (files: readonly File[]) => Promise<PredictionsView>;
  /** The address of a picture; without, images cannot be looked at closer. */
  readonly heatmap?: (about: string, file: File) => Promise<string>;
}

export function PredictImages({ most, note, predict: ask, heatmap }: PredictImagesProps) {
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
    if (files.length > most) return setProblem(`at most ${most} images at a time; these are ${files.length}`);
    setProblem(undefined);
    setAsked(files.length);
    try {
      const { classes: names, predictions } = await ask(files);
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
        <p class="note">{note}</p>
      </div>
      <div role="status">{asked > 0 ? <Waiting>Predicting {counted(asked, 'image')} …</Waiting> : null}</div>
      <ProblemNote>{problem}</ProblemNote>
      <ul class="gallery">
        {shown.map((one, i) => (
          <Predicted
            key={shown.length - i}
            {...one}
            classes={classes}
            onOpen={heatmap && (() => setOpen(one))}
          />
        ))}
      </ul>
      {open?.file && heatmap ? (
        <HeatmapDialog
          title={open.prediction.name}
          classes={classes}
          probabilities={open.prediction.probabilities}
          predicted={open.prediction.labels}
          picture={open.url ?? ''}
          heatmap={(about) => heatmap(about, open.file!)}
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
}: Shown & { classes: readonly string[]; onOpen: (() => void) | undefined }) {
  const { name, labels, probabilities, problem } = prediction;
  if (problem !== null) {
    return (
      <li>
        <p class="problem">{problem}</p>
      </li>
    );
  }
  const picture = url ? <img src={url} alt="" /> : <span>no preview</span>;
  return (
    <li>
      {onOpen ? (
        <button type="button" class="thumbnail" onClick={onOpen} aria-label={`Look closer at ${name}`}>
          {picture}
        </button>
      ) : (
        <div class="thumbnail">{picture}</div>
      )}
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

/** What browsers draw; TIFF and DICOM they do not. */
const canShow = ({ name }: File): boolean => /\.(jpe?g|png|webp|bmp|gif)$/i.test(name);
