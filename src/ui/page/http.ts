/** @file Asking the server: JSON in, JSON out, and its refusals as errors with the one line that people should see. */
import type { Problem } from '../api.js';

/** What the server refused; the message is for people. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** `/api/runs/view?run=…`. */
export function address(path: string, query: Record<string, string | number> = {}): string {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return search.size > 0 ? `${path}?${search}` : path;
}

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  return answered(() => fetch(url, { signal }));
}

/** @param body JSON, or a form with files */
export async function post<T>(url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const isForm = body instanceof FormData;
  return answered(() =>
    fetch(url, {
      method: 'POST',
      signal,
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      ...(body !== undefined && !isForm && { headers: { 'content-type': 'application/json' } }),
    }),
  );
}

async function answered<T>(ask: () => Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await ask();
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new Refused({
      title: 'Gone',
      status: 0,
      detail: 'Transfuse does not answer; is it still running?',
    });
  }
  if (response.ok) return response.json();
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  throw new Refused(
    problem ?? { title: response.statusText, status: response.status, detail: response.statusText },
  );
}
