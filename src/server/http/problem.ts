/** @file What a client is told when something is refused or fails: problem details for HTTP APIs, RFC 9457. */

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ErrorCode, TransfuseError } from '../../errors.js';

/** A refusal with its HTTP status. Its message is for the client, and holds nothing that the client may not know. */
export class Problem extends TransfuseError {
  /**
   * @param status 400 to 599
   * @param headers further ones of the answer, such as `retry-after`
   */
  constructor(
    readonly status: number,
    code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message);
  }
}

/** The body of a refusal. `code` is the stable kebab-case identifier on which programs may match. */
export interface ProblemBody {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
}

export const PROBLEM_TYPE = 'application/problem+json';

export function problemBody(status: number, code: ErrorCode, detail: string): ProblemBody {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code };
}

/** HTTP statuses of the errors that people can cause, by their codes; those that are not listed are 422. */
export type Statuses = Readonly<Record<ErrorCode, number>>;

export interface AnswerOptions {
  readonly statuses?: Statuses;
  /** Told of what is not the client's fault; the client hears that it happened, and nothing of it. */
  readonly onBug?: (error: unknown) => void;
}

/** Makes every refusal and failure of an app a problem document. */
export function answerWithProblems(app: FastifyInstance, { statuses = {}, onBug }: AnswerOptions): void {
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error, statuses);
    if (problem.status === 500) onBug?.(error);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(app, request.url);
    const problem =
      allowed.length > 0
        ? new Problem(405, 'method-not-allowed', `this address takes ${allowed.join(', ')}`, {
            allow: allowed.join(', '),
          })
        : new Problem(404, 'not-found', 'there is nothing at this address');
    return sendProblem(reply, problem);
  });
}

export function sendProblem(reply: FastifyReply, { status, code, message, headers }: Problem): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .type(PROBLEM_TYPE)
    .send(problemBody(status, code, message));
}

/** What Node's parser refuses never becomes a request; it is answered on the bare connection. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, code, detail] = malformed[error.code ?? ''] ?? [
    400,
    'bad-request',
    'this is not an HTTP request',
  ];
  const body = JSON.stringify(problemBody(status, code, detail));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const malformed: Readonly<Record<string, [number, ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers-too-large', 'the request has too many or too long headers'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request-timeout', 'the request took too long to arrive'],
};

/** Any error as what the client is told of it. */
export function problemOf(error: unknown, statuses: Statuses): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TransfuseError) {
    return new Problem(statuses[error.code] ?? 422, error.code, error.message);
  }
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem(statusCode, kebab(code ?? 'bad-request'), message);
  }
  if (statusCode === 503) {
    return new Problem(503, 'timeout', 'the answer took too long', { 'retry-after': '5' });
  }
  return new Problem(500, 'internal-error', 'something went wrong that is not the fault of the request');
}

/** `FST_ERR_CTP_BODY_TOO_LARGE` → `body-too-large`. */
function kebab(code: string): string {
  return code
    .replace(/^FST_(ERR_)?(CTP_)?/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function methodsAt(app: FastifyInstance, url: string): string[] {
  const path = url.split('?', 1)[0]!;
  return METHODS.filter((method) => app.findRoute({ method, url: path }) !== null);
}
