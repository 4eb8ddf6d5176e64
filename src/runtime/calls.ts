/** @file Calls to an object somewhere else, whatever carries them: requests one way, responses the other. */
import { TransfuseError } from '../errors.js';

// biome-ignore lint/suspicious/noExplicitAny: any method whose arguments and result survive structured cloning
export type RemoteApi = Record<string, (...args: any[]) => Promise<unknown>>;

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Response = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly error: { readonly message: string; readonly code?: string; readonly stack?: string } }
);

export interface Calls<Api extends RemoteApi> {
  /** The methods over there. A call rejects with the error thrown there, or with what `end` was told. */
  readonly call: Api;
  /** Takes the response to one of the calls. */
  settle(response: Response): void;
  /** Rejects what is pending and every later call; only the first error counts. */
  end(error: Error): void;
  ended(): boolean;
  pending(): number;
}

/** @param send takes a request to the other side */
export function callsThrough<Api extends RemoteApi>(send: (request: Request) => void): Calls<Api> {
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let count = 0;
  let ended: Error | undefined;
  const call = new Proxy({} as Api, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          if (ended) return reject(ended);
          const request: Request = { id: count++, method, args };
          pending.set(request.id, { resolve, reject });
          send(request);
        }),
  });
  return {
    call,
    settle(response) {
      const call = pending.get(response.id);
      pending.delete(response.id);
      if ('result' in response) call?.resolve(response.result);
      else call?.reject(revive(response.error));
    },
    end(error) {
      ended ??= error;
      for (const { reject } of pending.values()) reject(ended);
      pending.clear();
    },
    ended: () => ended !== undefined,
    pending: () => pending.size,
  };
}

/** Does what is asked of `api`; never rejects. */
export async function answer(api: RemoteApi, { id, method, args }: Request): Promise<Response> {
  try {
    return { id, result: await api[method]!(...args) };
  } catch (thrown) {
    const { message, stack } = thrown as Error;
    return {
      id,
      error: { message, stack, code: thrown instanceof TransfuseError ? thrown.code : undefined },
    };
  }
}

function revive({ message, code, stack }: { message: string; code?: string; stack?: string }): Error {
  if (code) return new TransfuseError(code, message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
