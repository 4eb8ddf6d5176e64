/** @file A server of many adapters on one base: put together, started and ended. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { TransfuseError } from '../errors.js';
import { loadModel } from '../models/catalogue.js';
import { findRun, loadBaseOf } from '../runs/open.js';
import { parseOptions } from '../runs/option-table.js';
import { version } from '../version.js';
import { adapterRoutes } from './api/adapters.js';
import { createAdmission } from './api/admission.js';
import { healthRoutes } from './api/health.js';
import { countRequests } from './api/metrics.js';
import { pageRoutes } from './api/page.js';
import { predictionRoutes } from './api/predictions.js';
import { ADAPTER_NAME } from './api/schemas.js';
import { createBases } from './bases.js';
import { createBatcher } from './batcher.js';
import { createDecoder } from './decoder.js';
import { createHeatmaps } from './heatmaps.js';
import { createApp, type Listening, listen, readToken } from './http/index.js';
import { type ServeOptionsInput, serveOptionsSchema } from './options.js';
import { createRegistry, type Registry } from './registry.js';
import { readTrust } from './trust.js';

export interface ServeHooks {
  /** Told of what goes wrong and is no client's fault. */
  readonly onBug?: (error: unknown) => void;
}

const MEGA = 1e6;

/**
 * Serves adapters over HTTP.
 * @param runs run folders or adapter files, each under its own name or as `NAME=PATH`
 * @param bases further networks that clients' adapters may stand on, as `train --model` takes them
 * @throws TransfuseError what opening runs and listening throw
 */
export async function serve(
  runs: readonly string[],
  bases: readonly string[],
  options: ServeOptionsInput = {},
  { onBug }: ServeHooks = {},
): Promise<Listening & { readonly adapters: readonly string[] }> {
  const settings = parseOptions(serveOptionsSchema, options);
  const threads = settings.threads || availableParallelism();
  const limits = {
    body: settings['max-body'] * MEGA,
    images: settings['max-images'],
    pixels: settings['max-pixels'] * MEGA,
  };
  let failures = 0;
  const bug = (error: unknown) => {
    failures++;
    onBug?.(error);
  };
  const app = await createApp({
    host: settings.host,
    token: readToken(settings['token-file']),
    answerSeconds: settings['answer-seconds'],
    receiveSeconds: settings['answer-seconds'],
    onBug: bug,
  });

  const known = createBases();
  const registry = createRegistry({
    bases: known,
    mostAdapters: settings['max-adapters'],
    mostEngines: settings['max-engines'],
    threads,
  });
  const admission = createAdmission({
    perClient: settings['per-client'],
    body: limits.body,
    buffered: settings['max-buffered'] * MEGA,
    queue: settings.queue,
  });
  const metrics = countRequests(app, {
    pending: () => admission.images,
    adapters: () => registry.list().length,
    engines: () => registry.engines,
  });
  const onRun = (images: number, seconds: number) => {
    failures = 0;
    metrics.run(images, seconds);
  };
  const batcher = createBatcher({ runs: threads, windowMs: settings.window, onRun });
  const decoder = await createDecoder({ threads, seconds: settings['decode-seconds'] });
  const heatmaps = createHeatmaps();
  app.addHook('onClose', async () => {
    await Promise.all([registry.close(), decoder.close(), heatmaps.close()]);
  });

  try {
    for (const base of bases) known.add((await loadModel(base)).network);
    for (const run of runs) await addRun(registry, known, run);
    await describeApi(app);
    await app.register(multipart, { limits: formLimits(limits) });
    app.removeContentTypeParser('text/plain');
    const work = { registry, decoder, heatmaps, admission, metrics };
    await app.register(async (scope) => predictionRoutes(scope, { ...work, batcher, limits }));
    const { fixed } = settings;
    await app.register(async (scope) => adapterRoutes(scope, { ...work, fixed, bodyLimit: limits.body }));
    healthRoutes(app, metrics, () => failures < FAILURES);
    pageRoutes(app, registry);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { host, port } = settings;
  const listening = await listen(app, { host, port, graceSeconds: settings['answer-seconds'] });
  return { ...listening, adapters: registry.list().map(({ name }) => name) };
}

/** After so many answers of "internal error" in a row, without a run in between, the server says it is not ready. */
const FAILURES = 3;

function formLimits(limits: { body: number; images: number }) {
  // One file more than is taken, so that we can say so ourselves.
  return { files: limits.images + 1, fileSize: limits.body, fields: 8, fieldSize: 1000, headerPairs: 50 };
}

async function addRun(registry: Registry, bases: ReturnType<typeof createBases>, run: string): Promise<void> {
  const [, given, location] = /^([^=/\\]+)=(.+)$/s.exec(run) ?? [undefined, undefined, run];
  const name = given ?? nameOf(location!);
  if (!new RegExp(ADAPTER_NAME).test(name)) {
    throw new TransfuseError(
      'bad-option',
      `--adapter ${run} would be called ${name}; a name has up to 64 letters, digits, dots, dashes and underscores, and NAME=PATH gives another`,
    );
  }
  const found = await findRun(location!);
  try {
    await registry.add(name, found.adapter, readTrust(location!));
  } catch (error) {
    if (!(error instanceof TransfuseError) || error.code !== 'unknown-base') throw error;
    bases.add((await loadBaseOf(found)).network);
    await registry.add(name, found.adapter, readTrust(location!));
  }
}

/** `runs/cxr` → `cxr`; `runs/cxr/adapter.safetensors` → `cxr`; `cxr.safetensors` → `cxr`. */
function nameOf(location: string): string {
  const name = path.basename(path.resolve(location));
  if (name === 'adapter.safetensors') return path.basename(path.dirname(path.resolve(location)));
  return name.replace(/\.safetensors$/, '');
}

async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Transfuse',
        version,
        description: 'Predictions of fine-tuned image classifiers that share one base network.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
