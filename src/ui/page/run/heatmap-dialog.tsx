/** @file An image large, and what spoke for a class in it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ProblemNote, Waiting } from '../pieces.js';
import { Probabilities } from './probabilities.js';

export interface HeatmapDialogProps {
  readonly title: string;
  readonly classes: readonly string[];
  readonly probabilities: readonly number[];
  /** The classes that it was taken for. */
  readonly predicted: readonly string[];
  /** Address of the image. */
  readonly picture: string;
  /** Asks for a heatmap about a class: its address. */
  readonly heatmap: (about: string) => string | Promise<string>;
  readonly onClose: () => void;
}

export function HeatmapDialog(props: HeatmapDialogProps) {
  const { title, classes, probabilities, predicted, picture, heatmap, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [about, setAbout] = useState<string | undefined>();
  const [drawn, setDrawn] = useState<{ about: string; url: string } | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  useEffect(() => dialog.current!.showModal(), []);
  const ask = async (name: string) => {
    setAbout(name);
    setProblem(undefined);
    try {
      const response = await fetch(await heatmap(name));
      if (!response.ok) throw new Error((await response.json()).detail);
      setDrawn({ about: name, url: URL.createObjectURL(await response.blob()) });
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const isBusy = about !== undefined && drawn?.about !== about && !problem;
  return (
    <dialog ref={dialog} class="closer" aria-label={title} onClose={onClose}>
      <header>
        <h2 class="path">{title}</h2>
        <button type="button" class="quiet" onClick={() => dialog.current!.close()}>
          Close
        </button>
      </header>
      <img
        class="large"
        src={drawn?.url ?? picture}
        alt={drawn ? `Heatmap about ${drawn.about}, beside the image` : title}
      />
      <div class="buttons">
        <span class="note">What speaks for</span>
        {classes.slice(0, 12).map((name) => (
          <button
            type="button"
            key={name}
            aria-pressed={drawn?.about === name}
            disabled={isBusy}
            onClick={() => ask(name)}
          >
            {name}
            {predicted.includes(name) ? ' (predicted)' : ''}
          </button>
        ))}
      </div>
      {isBusy ? <Waiting>Following the gradients …</Waiting> : null}
      <ProblemNote>{problem}</ProblemNote>
      {drawn ? (
        <p class="note">
          Grad-CAM of {drawn.about}: yellow is where the network looked most. It shows where, not why.
        </p>
      ) : null}
      <Probabilities classes={classes} probabilities={probabilities} most={12} />
    </dialog>
  );
}
