/** @file A run as it is at this moment, kept up to date by what the server sends. */
import { useEffect, useState } from 'preact/hooks';
import type { RunView } from '../../api.js';
import { address, get } from '../http.js';

export interface Followed {
  readonly run?: RunView;
  readonly problem?: string;
}

/** @param round another one to begin again, after resuming */
export function useRun(id: string, round: number): Followed {
  const [followed, set] = useState<Followed>({});
  useEffect(() => {
    const events = new EventSource(address('/api/runs/events', { run: id }));
    const json = (event: MessageEvent<string>) => JSON.parse(event.data);
    events.addEventListener('view', (event) => set({ run: json(event) }));
    events.addEventListener('patch', (event) =>
      set(({ run }) => (run ? { run: { ...run, ...json(event) } } : {})),
    );
    events.addEventListener('over', () => events.close());
    events.onerror = () => {
      // A browser that was refused does not say why, and does not try again; one that lost the server does.
      if (events.readyState !== EventSource.CLOSED) return;
      get(address('/api/runs/view', { run: id })).catch((error: Error) =>
        set((before) => ({ ...before, problem: error.message })),
      );
    };
    return () => events.close();
  }, [id, round]);
  return followed;
}
