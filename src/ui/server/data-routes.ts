/** @file Addresses about what lies on this machine: folders, what is in them, and the options of a run. */
import os from 'node:os';
import type { FastifyInstance } from 'fastify';
import { architectures } from '../../models/architectures/index.js';
import { methods } from '../../training/methods.js';
import { version } from '../../version.js';
import type { Said, Welcome } from '../api.js';
import { optionRows, problemsOf } from '../option-rows.js';
import type { Desk } from './desk.js';
import { listFolder } from './folders.js';
import type { Runs } from './runs.js';

export interface DataContext {
  readonly runs: Runs;
  readonly desk: Desk;
}

export function addDataRoutes(app: FastifyInstance, { runs, desk }: DataContext): void {
  app.get('/api/welcome', async (): Promise<Welcome> => {
    return {
      version,
      folder: process.cwd(),
      home: os.homedir(),
      runs: runs.folder,
      options: optionRows(),
      methods: Object.entries(methods).map(([name, { summary }]) => ({ name, summary })),
      networks: ['builtin', ...Object.keys(architectures)],
    };
  });

  app.get<{ Querystring: { path: string } }>(
    '/api/folders',
    { schema: { querystring: needs('path') } },
    (request) => listFolder(atHome(request.query.path)),
  );

  app.post<{ Body: { path: string; options?: Said } }>(
    '/api/data',
    { schema: { body: { ...needs('path'), properties: { path: text, options } } } },
    ({ body }) => desk.call.summarise(atHome(body.path), body.options ?? {}),
  );

  app.get<{ Querystring: { key: string } }>(
    '/api/data/details',
    { schema: { querystring: needs('key') } },
    ({ query }) => desk.call.details(query.key),
  );

  app.get<{ Querystring: { key: string; index: number; size: number } }>(
    '/api/data/image',
    {
      schema: {
        querystring: { ...needs('key', 'index'), properties: { key: text, index: whole, size: pixels } },
      },
    },
    async ({ query }, reply) => {
      const jpeg = await desk.call.sampleImage(query.key, query.index, query.size);
      return reply.type('image/jpeg').send(Buffer.from(jpeg));
    },
  );

  app.post<{ Body: Said }>('/api/options/check', { schema: { body: options } }, async ({ body }) =>
    problemsOf(body),
  );
}

/** People write `~` for their home. */
function atHome(place: string): string {
  return place.trim().replace(/^~(?=$|[/\\])/, os.homedir());
}

export const text = { type: 'string', minLength: 1, maxLength: 4096 } as const;
const whole = { type: 'integer', minimum: 0 } as const;
export const pixels = { type: 'integer', minimum: 16, maximum: 2048, default: 160 } as const;
/** Checked by their own table. */
const options = { type: 'object' } as const;

/** An object that must have these texts. */
export function needs(...names: string[]) {
  return {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, text])),
  } as const;
}
