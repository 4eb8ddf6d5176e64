/** @file What the server said to a question that a view asks, and asks again when the question changes. */
import { useEffect, useState } from 'preact/hooks';
import { get } from './http.js';

export interface Fetched<T> {
  /** Undefined until it is there. */
  readonly value?: T;
  /** Why there is none. */
  readonly problem?: string;
}

/** @param url undefined to ask nothing yet; while another answer is awaited, the last one stays */
export function useFetched<T>(url: string | undefined, again: unknown = 0): Fetched<T> {
  const [fetched, set] = useState<Fetched<T>>({});
  useEffect(() => {
    if (url === undefined) return;
    const asking = new AbortController();
    get<T>(url, asking.signal).then(
      (value) => set({ value }),
      (error: Error) => asking.signal.aborted || set({ problem: error.message }),
    );
    return () => asking.abort();
  }, [url, again]);
  return fetched;
}
