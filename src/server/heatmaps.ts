/** @file Heatmaps of what an adapter looked at. They need gradients, so a model of their own: few are kept, one works. */
import { drawHeatmap } from '../explain/draw.js';
import { createExplainer, type Explainer } from '../explain/explainer.js';
import type { Served } from './registry.js';

export interface Heatmaps {
  /**
   * Grad-CAM over the image as the network sees it, as a PNG.
   * @param pixels uint8 [height,width,3] of the adapter's size
   * @param about index of the class that is asked about
   * @param signal once aborted, a heatmap that is not yet being drawn is dropped, and its promise rejects
   * @throws TransfuseError `no-feature-map`
   */
  draw(served: Served, pixels: Uint8Array, about: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Drops what is kept of an adapter. */
  forget(served: Served): void;
  close(): Promise<void>;
}

/** @param kept adapters whose models stay loaded */
export function createHeatmaps(kept = 2): Heatmaps {
  /** The one used last stands last. */
  const explainers = new Map<Served, Promise<Explainer>>();
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  }

  async function drop(served: Served): Promise<void> {
    const explainer = explainers.get(served);
    explainers.delete(served);
    await (await explainer?.catch(() => undefined))?.close();
  }

  function explainerOf(served: Served): Promise<Explainer> {
    const { classifier, adapter } = served;
    const explainer =
      explainers.get(served) ??
      createExplainer({ classifier, weights: adapter.weights, samples: 0, threads: 1 });
    explainers.delete(served);
    explainers.set(served, explainer);
    return explainer;
  }

  return {
    draw: (served, pixels, about, signal) =>
      inTurn(async () => {
        signal?.throwIfAborted();
        const [oldest] = explainers.keys();
        if (!explainers.has(served) && explainers.size >= kept) await drop(oldest!);
        try {
          const explainer = await explainerOf(served);
          const [explanation] = await explainer.explain(pixels, [about]);
          const { height, width } = served.adapter;
          return await drawHeatmap({ height, width, data: pixels }, explanation!.gradCam, { contour: true });
        } catch (error) {
          await drop(served);
          throw error;
        }
      }),
    forget: (served) => void inTurn(() => drop(served)),
    async close() {
      await inTurn(() => Promise.all([...explainers.keys()].map(drop)));
    },
  };
}
