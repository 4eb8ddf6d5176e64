/** @file The images that tell most about a run: those it gets most wrong, and those it is least certain of. */
import { useState } from 'preact/hooks';
import type { ImageOrder, JudgedImage, JudgedImages, RunView } from '../../api.js';
import { useFetched } from '../fetched.js';
import { count, nameOf } from '../format.js';
import { address } from '../http.js';
import { ProblemNote, Waiting } from '../pieces.js';
import { HeatmapDialog } from './heatmap-dialog.js';
import { Probabilities } from './probabilities.js';

const PAGE = 24;
const orders: Readonly<Record<ImageOrder, string>> = { wrong: 'Most wrong', uncertain: 'Least certain' };

export function ImagesView({ run }: { run: RunView }) {
  const [order, setOrder] = useState<ImageOrder>('wrong');
  const [from, setFrom] = useState(0);
  const [open, setOpen] = useState<JudgedImage | undefined>();
  const { value, problem } = useFetched<JudgedImages>(
    address('/api/runs/images', { run: run.id, order, from, count: PAGE }),
  );
  return (
    <section aria-labelledby="images">
      <h2 id="images">Images it was measured on</h2>
      <fieldset class="choice">
        <legend>Which first</legend>
        {(Object.keys(orders) as ImageOrder[]).map((key) => (
          <label key={key}>
            <input
              type="radio"
              name="order"
              checked={key === order}
              onChange={() => {
                setOrder(key);
                setFrom(0);
              }}
            />
            {orders[key]}
          </label>
        ))}
      </fieldset>
      <p class="note">
        What is predicted goes by the threshold that was chosen on the validation images, which need not be 50
        %.
      </p>
      <ProblemNote>{problem}</ProblemNote>
      {!value && !problem ? <Waiting>Looking them up …</Waiting> : null}
      {value?.total === 0 ? <p class="empty">Not one was predicted wrong.</p> : null}
      {value ? (
        <>
          <ul class="gallery">
            {value.images.map((image) => (
              <li key={image.id}>
                <button
                  type="button"
                  class="thumbnail"
                  disabled={!image.present}
                  onClick={() => setOpen(image)}
                  aria-label={`Look closer at ${image.id}`}
                >
                  {image.present ? (
                    <img
                      src={address('/api/runs/image', { run: run.id, id: image.id, size: 320 })}
                      alt=""
                      loading="lazy"
                    />
                  ) : (
                    <span>no longer there</span>
                  )}
                </button>
                <Judgement image={image} />
                <Probabilities classes={value.classes} probabilities={image.probabilities} most={3} />
                <p class="path" title={image.id}>
                  {nameOf(image.id)}
                </p>
              </li>
            ))}
          </ul>
          <Pages from={from} total={value.total} onGo={setFrom} />
        </>
      ) : null}
      {open && value ? (
        <HeatmapDialog
          title={open.id}
          classes={value.classes}
          probabilities={open.probabilities}
          predicted={open.predicted}
          picture={address('/api/runs/image', { run: run.id, id: open.id, size: 1024 })}
          heatmap={(about) => address('/api/runs/heatmap', { run: run.id, id: open.id, about })}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </section>
  );
}

function Judgement({ image: { labels, predicted } }: { image: JudgedImage }) {
  const truth = labels.join(', ') || 'none';
  const said = predicted.join(', ') || 'none';
  return truth === said ? (
    <p>
      <b>{truth}</b>, and so predicted
    </p>
  ) : (
    <p>
      <b>{truth}</b>, predicted <b class="mistake">{said}</b>
    </p>
  );
}

function Pages({ from, total, onGo }: { from: number; total: number; onGo: (from: number) => void }) {
  if (total <= PAGE) return null;
  return (
    <div class="pages">
      <button type="button" disabled={from === 0} onClick={() => onGo(from - PAGE)}>
        ← Before
      </button>
      <span>
        {count(from + 1)}–{count(Math.min(from + PAGE, total))} of {count(total)}
      </span>
      <button type="button" disabled={from + PAGE >= total} onClick={() => onGo(from + PAGE)}>
        Next →
      </button>
    </div>
  );
}
