/** @file Addresses about runs: the list, one run and its news, starting and stopping, results, images, predictions. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { modelCard } from '../../runs/card.js';
import { files, readRunConfig } from '../../runs/folder.js';
import { Problem } from '../../server/http/index.js';
import type { ImageOrder, JudgedImages, RunView, Said } from '../api.js';
import { rocsOf } from '../roc.js';
import { compareRuns } from './comparison.js';
import { type DataContext, needs, pixels, text } from './data-routes.js';
import { newsOf } from './news.js';
import { inOrder, predictedSplits, readPredictionsTable } from './predictions-table.js';
import { receiveImages } from './uploads.js';

export interface RunContext extends DataContext {
  /** A folder for what clients send, until it has been used. */
  readonly uploads: string;
}

type OfRun<Query = unknown> = { Querystring: { run: string } & Query };
const ofRun = { schema: { querystring: needs('run') } };

export function addRunRoutes(app: FastifyInstance, context: RunContext): void {
  const { runs } = context;
  app.get('/api/runs', () => runs.list());
  app.get<OfRun>('/api/runs/view', ofRun, ({ query }) => runs.view(query.run));

  app.post<{ Body: { data: string; options: Said } }>(
    '/api/runs',
    { schema: { body: { ...needs('data'), properties: { data: text, options: { type: 'object' } } } } },
    async ({ body }, reply) => {
      const id = await runs.start(body.data, body.options ?? {});
      return reply.code(201).send({ id });
    },
  );
  app.post<OfRun>('/api/runs/stop', ofRun, async ({ query }, reply) => {
    runs.stop(query.run);
    return reply.code(202).send({ id: query.run });
  });
  app.post<OfRun>('/api/runs/resume', ofRun, async ({ query }, reply) => {
    return reply.code(202).send({ id: await runs.resume(query.run) });
  });

  const open = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
  app.get<OfRun>('/api/runs/events', ofRun, async ({ query }, reply) => {
    const view: RunView = await runs.view(query.run);
    const { stream, end } = newsOf(view, runs.liveRun(query.run));
    open.add(end);
    stream.on('close', () => open.delete(end));
    return reply.type('text/event-stream; charset=utf-8').send(stream);
  });

  addResultRoutes(app, context);
}

function addResultRoutes(app: FastifyInstance, { desk, uploads }: RunContext): void {
  app.get<OfRun>('/api/runs/movement', ofRun, ({ query }) => desk.call.movement(query.run));

  app.get<OfRun>('/api/runs/roc', ofRun, async ({ query: { run } }) => {
    const splits = predictedSplits(run);
    const tables = await Promise.all(splits.map((split) => readPredictionsTable(run, split)));
    return Object.fromEntries(tables.map((table) => [table.split, rocsOf(table)]));
  });

  app.get<{ Querystring: { run: string | string[] } }>('/api/compare', ({ query: { run = [] } }) =>
    compareRuns([run].flat()),
  );

  app.get<{ Querystring: { first: string; second: string; split: string } }>(
    '/api/compare/pair',
    { schema: { querystring: needs('first', 'second', 'split') } },
    ({ query: { first, second, split } }) => desk.call.compare(first, second, split),
  );

  app.get<OfRun<{ order: ImageOrder; from: number; count: number }>>(
    '/api/runs/images',
    { schema: { querystring: { ...needs('run'), properties: { run: text, order, from, count } } } },
    async ({ query }): Promise<JudgedImages> => {
      const [split] = predictedSplits(query.run);
      const table = await readPredictionsTable(query.run, split ?? 'test');
      const ordered = inOrder(table, query.order);
      const images = ordered.slice(query.from, query.from + query.count);
      const ids = images.map(({ id }) => id);
      // The data may have been moved since; what was predicted is shown all the same.
      const present = await desk.call.present(query.run, ids).catch(() => ids.map(() => false));
      return {
        classes: table.classes,
        total: ordered.length,
        images: images.map((image, i) => ({ ...image, present: present[i] })),
      };
    },
  );

  app.get<OfRun<{ id: string; size: number }>>(
    '/api/runs/image',
    { schema: { querystring: { ...needs('run', 'id'), properties: { run: text, id: text, size: pixels } } } },
    async ({ query }, reply) => {
      const jpeg = await desk.call.runImage(query.run, query.id, query.size);
      return reply.type('image/jpeg').send(Buffer.from(jpeg));
    },
  );

  app.post<OfRun>('/api/runs/predict', { ...ofRun, bodyLimit: 4e9 }, async (request) => {
    const { images, done } = await receiveImages(request, uploads);
    try {
      return await desk.call.predict(request.query.run, images);
    } finally {
      await done();
    }
  });

  app.get<OfRun<{ id: string; about: string }>>(
    '/api/runs/heatmap',
    { schema: { querystring: needs('run', 'id', 'about') } },
    async ({ query: { run, id, about } }, reply) =>
      reply.type('image/png').send(Buffer.from(await desk.call.heatmap(run, { id }, about))),
  );
  app.post<OfRun<{ about: string }>>(
    '/api/runs/heatmap',
    { schema: { querystring: needs('run', 'about') }, bodyLimit: 4e9 },
    async (request, reply) => {
      const { images, done } = await receiveImages(request, uploads);
      try {
        const { run, about } = request.query;
        const png = await desk.call.heatmap(run, images[0], about);
        return await reply.type('image/png').send(Buffer.from(png));
      } finally {
        await done();
      }
    },
  );

  app.get<OfRun>('/api/runs/report', ofRun, async ({ query: { run } }, reply) => {
    await readRunConfig(run);
    // The report is one file with its style within; it gets a world of its own, and nothing else.
    reply.header('content-security-policy', REPORT_POLICY);
    return sendFile(reply, path.join(run, files.report), 'text/html; charset=utf-8');
  });

  app.get<OfRun<{ what: string }>>(
    '/api/runs/file',
    { schema: { querystring: needs('run', 'what') } },
    async ({ query: { run, what } }, reply) => {
      await readRunConfig(run);
      const row = downloads[what];
      if (!row) {
        throw new Problem(404, 'not-found', `what must be one of onnx, ${Object.keys(downloads).join(', ')}`);
      }
      const file = path.join(run, row.file);
      attach(reply, `${path.basename(run)}-${row.file}`);
      return sendFile(reply, file, row.type);
    },
  );

  app.get<OfRun>('/api/runs/card', ofRun, async ({ query: { run } }, reply) => {
    const card = await modelCard(run);
    attach(reply, `${path.basename(run)}-card.md`);
    return reply.type('text/markdown; charset=utf-8').send(card);
  });

  app.get<OfRun>('/api/runs/onnx', ofRun, async ({ query: { run } }, reply) => {
    const folder = await mkdtemp(path.join(uploads, 'export-'));
    const file = path.join(folder, 'model.onnx');
    const remove = () => rm(folder, { recursive: true, force: true });
    try {
      await desk.call.exportModel(run, file);
    } catch (error) {
      await remove();
      throw error;
    }
    attach(reply, `${path.basename(run)}.onnx`);
    reply.raw.once('close', () => void remove());
    return sendFile(reply, file, 'application/octet-stream');
  });
}

const order = { type: 'string', enum: ['wrong', 'uncertain'], default: 'wrong' } as const;
const from = { type: 'integer', minimum: 0, default: 0 } as const;
const count = { type: 'integer', minimum: 1, maximum: 200, default: 24 } as const;

const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'unsafe-inline'; sandbox allow-scripts allow-popups; frame-ancestors 'none'";

const downloads: Readonly<Record<string, { file: string; type: string }>> = {
  adapter: { file: files.adapter, type: 'application/octet-stream' },
  report: { file: files.report, type: 'text/html; charset=utf-8' },
  metrics: { file: files.metrics, type: 'application/json' },
  config: { file: files.config, type: 'application/yaml' },
  split: { file: files.split, type: 'text/csv; charset=utf-8' },
  history: { file: files.history, type: 'application/jsonl' },
  'predictions-test': { file: files.predictions('test'), type: 'text/csv; charset=utf-8' },
  'predictions-validation': { file: files.predictions('validation'), type: 'text/csv; charset=utf-8' },
};

function attach(reply: FastifyReply, name: string): void {
  const plain = name.replaceAll(/[^\w.-]+/g, '_');
  reply.header(
    'content-disposition',
    `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`,
  );
}

async function sendFile(reply: FastifyReply, file: string, type: string): Promise<FastifyReply> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    reply.removeHeader('content-disposition');
    throw new Problem(404, 'not-found', `this run has no ${path.basename(file)} yet`);
  }
  return reply.type(type).header('content-length', found.size).send(createReadStream(file));
}
