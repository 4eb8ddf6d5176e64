/** @file Whether the server lives, whether it can answer, and what it has counted. */
import type { FastifyInstance } from 'fastify';
import { Problem } from '../http/index.js';
import type { ServerMetrics } from './metrics.js';

const statusSchema = (summary: string, description: string) => ({
  summary,
  response: {
    200: { description, type: 'object', properties: { status: { type: 'string' } } },
  },
});

/** @param ready whether runs of the network succeed */
export function healthRoutes(app: FastifyInstance, { registry }: ServerMetrics, ready: () => boolean): void {
  const open = { config: { open: true } };
  app.get('/healthz', { ...open, schema: statusSchema('Is it alive?', 'it is') }, async () => ({
    status: 'ok',
  }));
  app.get('/readyz', { ...open, schema: statusSchema('Can it predict?', 'it can') }, async () => {
    if (!ready()) throw new Problem(503, 'not-ready', 'the network fails to run', { 'retry-after': '10' });
    return { status: 'ready' };
  });
  app.get('/metrics', { schema: { summary: 'Metrics for Prometheus' } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
