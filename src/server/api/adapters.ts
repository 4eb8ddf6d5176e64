/** @file /v1/adapters: what is served, and adapters that are added and removed while it is. */
import type { FastifyInstance } from 'fastify';
import type { Decoder } from '../decoder.js';
import type { Heatmaps } from '../heatmaps.js';
import { Problem } from '../http/index.js';
import type { Registry, Served } from '../registry.js';
import type { Admission } from './admission.js';
import { describeAdapter } from './describe.js';
import type { ServerMetrics } from './metrics.js';
import { addSchema, getSchema, listSchema, removeSchema } from './schemas.js';

export interface AdapterRoutesOptions {
  readonly registry: Registry;
  readonly decoder: Decoder;
  readonly heatmaps: Heatmaps;
  readonly admission: Admission;
  readonly metrics: ServerMetrics;
  /** Whether clients may change nothing. */
  readonly fixed: boolean;
  /** Largest adapter, in bytes. */
  readonly bodyLimit: number;
}

type Named = { Params: { name: string } };

export function adapterRoutes(app: FastifyInstance, options: AdapterRoutesOptions): void {
  const { registry, decoder, heatmaps, admission, metrics, fixed, bodyLimit } = options;
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );

  const refuseIfFixed = async () => {
    if (fixed) throw new Problem(403, 'fixed', 'this server takes no adapters, and none away');
  };
  const find = (name: string): Served => {
    const served = registry.get(name);
    if (!served) throw new Problem(404, 'no-such-adapter', 'there is no adapter of this name');
    return served;
  };

  app.get('/v1/adapters', { schema: listSchema }, async () => ({
    adapters: registry.list().map(describeAdapter),
  }));
  app.get<Named>('/v1/adapters/:name', { schema: getSchema }, async ({ params: { name } }) =>
    describeAdapter(find(name)),
  );
  app.post<Named>(
    '/v1/adapters/:name',
    {
      schema: addSchema,
      bodyLimit,
      onRequest: [refuseIfFixed, async (request, reply) => admission.enter(request, reply)],
    },
    async ({ params: { name }, body }, reply) => {
      if (!Buffer.isBuffer(body) || body.length === 0) {
        throw new Problem(400, 'no-adapter', 'the body must be the bytes of an adapter.safetensors');
      }
      const served = await registry.add(name, await decoder.adapter(body), null);
      return reply.code(201).header('location', `/v1/adapters/${name}`).send(describeAdapter(served));
    },
  );
  app.delete<Named>(
    '/v1/adapters/:name',
    { schema: removeSchema, onRequest: refuseIfFixed },
    async ({ params: { name } }, reply) => {
      const served = find(name);
      registry.remove(name);
      heatmaps.forget(served);
      metrics.forget(name);
      return reply.code(204).send();
    },
  );
}
