/** @file Gathers images of many requests into runs: oldest first, several to a run, as many runs at a time as cores. */
import type { Engine, EngineInput } from './engine.js';

export interface BatcherOptions {
  /** Most runs at a time. */
  readonly runs: number;
  /** How long an image waits for others to fill a run while a core is free, in milliseconds. */
  readonly windowMs: number;
  /** Told of every run: how many images it held, and how long it took. */
  readonly onRun?: (images: number, seconds: number) => void;
}

export interface Batcher {
  /**
   * The features of an image, computed together with others'.
   * @param signal once aborted, an image that is not yet being computed is dropped, and its promise rejects
   */
  features(engine: Engine, input: EngineInput, signal?: AbortSignal): Promise<Float32Array>;
  /** Images that wait or are being computed. */
  readonly pending: number;
}

interface Waiting {
  readonly input: EngineInput;
  readonly since: number;
  readonly signal?: AbortSignal;
  resolve(features: Float32Array): void;
  reject(error: unknown): void;
}

export function createBatcher({ runs, windowMs, onRun }: BatcherOptions): Batcher {
  const queues = new Map<Engine, Waiting[]>();
  let running = 0;
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    while (running < runs) {
      const now = performance.now();
      const oldest = [...queues].sort(([, a], [, b]) => a[0]!.since - b[0]!.since);
      const ready = oldest.find(
        ([engine, queue]) => queue.length >= engine.most || now - queue[0]!.since >= windowMs,
      );
      if (!ready) {
        // Then every queue's first image is younger than the window.
        if (oldest.length > 0 && timer === undefined) {
          timer = setTimeout(onTimer, windowMs - (now - oldest[0]![1][0]!.since));
        }
        return;
      }
      const [engine, queue] = ready;
      const batch = queue.splice(0, engine.most);
      if (queue.length === 0) queues.delete(engine);
      void run(engine, batch);
    }
  }

  function onTimer(): void {
    timer = undefined;
    start();
  }

  async function run(engine: Engine, batch: readonly Waiting[]): Promise<void> {
    const wanted = batch.filter(({ signal }) => !signal?.aborted);
    for (const { signal, reject } of batch) if (signal?.aborted) reject(signal.reason);
    running++;
    try {
      if (wanted.length > 0) {
        const began = performance.now();
        const features = await engine.run(wanted.map(({ input }) => input));
        onRun?.(wanted.length, (performance.now() - began) / 1000);
        wanted.forEach(({ resolve }, i) => {
          resolve(features[i]!);
        });
      }
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    } finally {
      running--;
      pending -= batch.length;
      start();
    }
  }

  return {
    features: (engine, input, signal) =>
      new Promise((resolve, reject) => {
        const queue = queues.get(engine) ?? [];
        queues.set(engine, queue);
        queue.push({ input, since: performance.now(), signal, resolve, reject });
        pending++;
        start();
      }),
    get pending() {
      return pending;
    },
  };
}
