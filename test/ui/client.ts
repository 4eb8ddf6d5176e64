/** @file The page's server with a client that has its key, for tests without a browser. */
import { beforeAll } from 'vitest';
import { uiCommand } from './command.js';

export interface Client {
  readonly url: URL;
  readonly cookie: string;
  get(address: string, headers?: Record<string, string>): Promise<Response>;
  /** @param body JSON, or a form with files */
  post(address: string, body?: unknown): Promise<Response>;
  /** The JSON of an answer that must be a good one. */
  json<T>(answer: Promise<Response>): Promise<T>;
}

/** @returns what is known once the tests run: a folder for runs and data, and the client */
export function uiForTests(): { folder: string; client: () => Client; restart: () => Promise<void> } {
  const { folder, url, restart } = uiCommand();
  let client: Client;
  const enter = async (): Promise<void> => {
    client = await clientOf(url());
  };
  beforeAll(enter);
  return {
    folder,
    client: () => client,
    restart: async () => {
      await restart();
      await enter();
    },
  };
}

async function clientOf(url: URL): Promise<Client> {
  const entered = await fetch(url, { redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
  const ask = (address: string, init: RequestInit = {}) =>
    fetch(new URL(address, url), { ...init, headers: { cookie, ...init.headers } });
  return {
    url,
    cookie,
    get: (address, headers) => ask(address, { headers }),
    post: (address, body) => {
      if (body === undefined || body instanceof FormData) return ask(address, { method: 'POST', body });
      const headers = { 'content-type': 'application/json' };
      return ask(address, { method: 'POST', body: JSON.stringify(body), headers });
    },
    json: async <T>(answer: Promise<Response>): Promise<T> => {
      const response = await answer;
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
}
