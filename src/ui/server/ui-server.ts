/** @file The page's server: bound to this machine, opened with a key that is new each time. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import multipart from '@fastify/multipart';
import { TransfuseError } from '../../errors.js';
import { createApp, listen, readPages, servePages } from '../../server/http/index.js';
import { serveBrowserPage } from './browser-page.js';
import { addDataRoutes } from './data-routes.js';
import { Desk } from './desk.js';
import { newKey, requireKey } from './key.js';
import { addRunRoutes } from './run-routes.js';
import { Runs } from './runs.js';

export interface UiOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** Where runs are kept and looked for. */
  readonly runs: string;
  /** Where the built page lies; default: beside this module, where the package has it. */
  readonly page?: string;
  /** Where that lies which needs nothing but a browser; not offered where it is absent. */
  readonly browserPage?: string;
  /** Told of what is a bug of ours. */
  readonly onBug?: (error: unknown) => void;
}

export interface Ui {
  /** The address to open, with its key. */
  readonly url: string;
  /** Stops runs after their current step, so that they can be resumed, and ends. */
  close(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}

const HOST = '127.0.0.1';

/** Images that are dropped on the page: how many at a time, and how large each, in bytes. */
const UPLOADS = { files: 500, fileSize: 500e6, fields: 0 };

/** @throws TransfuseError `page-not-built`, `cannot-listen` */
export async function startUi({
  port,
  runs: folder,
  page = BUILT,
  browserPage = BUILT_FOR_BROWSERS,
  onBug,
}: UiOptions): Promise<Ui> {
  if (!existsSync(path.join(page, 'index.html'))) {
    throw new TransfuseError('page-not-built', `${page} holds no page; npm run build makes it`);
  }
  const key = newKey();
  const runs = new Runs(path.resolve(folder));
  const desk = new Desk();
  const uploads = await mkdtemp(path.join(os.tmpdir(), 'transfuse-ui-'));
  const app = await createApp({ host: HOST, receiveSeconds: 600, statuses, onBug });
  requireKey(app, key);
  await app.register(multipart, { limits: UPLOADS });
  servePages(app, readPages(page));
  if (existsSync(browserPage)) serveBrowserPage(app, browserPage);
  addDataRoutes(app, { runs, desk });
  addRunRoutes(app, { runs, desk, uploads });
  const kill = () => {
    runs.kill();
    desk.close();
  };
  const { url, close } = await listen(app, { host: HOST, port, graceSeconds: 5 });
  return {
    url: `${url}/?key=${key}`,
    close: async () => {
      await runs.close();
      desk.close();
      await close();
      await rm(uploads, { recursive: true, force: true });
    },
    kill,
  };
}

const BUILT = fileURLToPath(new URL('../page/', import.meta.url));
const BUILT_FOR_BROWSERS = fileURLToPath(new URL('../../browser/', import.meta.url));

const statuses = {
  'no-run': 404,
  'no-such-image': 404,
  'data-not-open': 410,
  running: 409,
  'not-running': 409,
  'run-unfinished': 409,
};
