/** @file An HTTP app with what every server of ours needs: limits, security headers, access, problem documents. */
import helmet from '@fastify/helmet';
import { type FastifyInstance, fastify } from 'fastify';
import { type Access, checkAccess, guard } from './access.js';
import {
  type AnswerOptions,
  answerWithProblems,
  Problem,
  problemOf,
  refuseMalformed,
  sendProblem,
} from './problem.js';

export interface AppOptions extends Access, AnswerOptions {
  /** Largest body of a request, in bytes; default 1 MB. A route may have its own. */
  readonly bodyLimit?: number;
  /** Longest time for a request to arrive whole, in seconds; default 60. */
  readonly receiveSeconds?: number;
  /** Longest time to answer, in seconds, after which it is 503; default none. Streams need none. */
  readonly answerSeconds?: number;
  /** Most connections at a time; default 256. */
  readonly connections?: number;
  /** What pages may load, beyond their own origin: by directive, as helmet takes them. */
  readonly contentSecurityPolicy?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Makes an app that listens to nobody yet: add routes, then `listen`.
 * @throws TransfuseError `token-needed` and `bad-token`, as `checkAccess` does
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { bodyLimit = 1e6, receiveSeconds = 60, answerSeconds, connections = 256 } = options;
  checkAccess(options);
  const app: FastifyInstance = fastify({
    bodyLimit,
    requestTimeout: receiveSeconds * 1000,
    handlerTimeout: answerSeconds && answerSeconds * 1000,
    keepAliveTimeout: 10_000,
    http: { headersTimeout: Math.min(receiveSeconds * 1000, 20_000), maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', strictTypes: false } },
    forceCloseConnections: 'idle',
    return503OnClosing: false, // we do, as a problem document
    clientErrorHandler: refuseMalformed,
    frameworkErrors: (error, _request, reply) => sendProblem(reply, problemOf(error, {})),
  });
  app.server.maxConnections = connections;

  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async (_request, reply) => {
    // Answers may speak of patients: no browser and no proxy is to keep them.
    reply.header('cache-control', 'no-store');
    if (!closing) return;
    throw new Problem(503, 'shutting-down', 'the server is shutting down', {
      'retry-after': '10',
    });
  });
  app.addHook('onSend', async (_request, reply) => {
    // Otherwise the connection would stay, and closing would wait for it.
    if (closing) reply.header('connection', 'close');
  });
  answerWithProblems(app, options);
  guard(app, options);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...mutable(options.contentSecurityPolicy),
      },
    },
    crossOriginEmbedderPolicy: true,
    strictTransportSecurity: false, // we speak HTTP; whoever puts HTTPS in front of us says so themselves
    referrerPolicy: { policy: 'no-referrer' },
  });
  return app;
}

function mutable(directives: AppOptions['contentSecurityPolicy'] = {}): Record<string, string[]> {
  return Object.fromEntries(Object.entries(directives).map(([name, sources]) => [name, [...sources]]));
}
