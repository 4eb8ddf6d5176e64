/** @file The options of `serve`, as a table: names, meanings, limits and defaults. */
import { z } from 'zod';
import { help, number, text, whole, yesOrNo } from '../runs/option-table.js';

const listening = 'Listening';
const limits = 'Limits';

const positive = (most: number) =>
  number((n) => n > 0 && n <= most, `must be a number above 0 and up to ${most}`);

export const serveOptionsSchema = z.strictObject({
  host: text().default('127.0.0.1').register(help, {
    value: 'ADDRESS',
    group: listening,
    description: 'address to listen on; any but loopback needs a token',
  }),
  port: whole(0, 65_535).default(8000).register(help, {
    value: 'N',
    group: listening,
    description: 'port to listen on; 0 for any that is free',
  }),
  'token-file': text().optional().register(help, {
    value: 'FILE',
    group: listening,
    description: 'file with the token that clients must show; default: the environment’s TRANSFUSE_TOKEN',
  }),
  fixed: yesOrNo().default(false).register(help, {
    group: listening,
    description: 'take no adapters from clients, and let them remove none',
  }),
  threads: whole(0, 1024).default(0).register(help, {
    value: 'N',
    group: limits,
    description: 'cores to use; 0 means all',
  }),
  window: number((n) => n >= 0 && n <= 1000, 'must be a number from 0 to 1000')
    .default(3)
    .register(help, {
      value: 'MS',
      group: limits,
      description: 'how long an image waits for others to be computed with it, in milliseconds',
    }),
  queue: whole(1, 100_000).default(256).register(help, {
    value: 'N',
    group: limits,
    description: 'most images accepted and not yet answered; beyond it, 503',
  }),
  'per-client': whole(1, 100_000).default(64).register(help, {
    value: 'N',
    group: limits,
    description: 'most requests of one address at a time; beyond it, 429',
  }),
  'max-images': whole(1, 10_000).default(64).register(help, {
    value: 'N',
    group: limits,
    description: 'most images in a request',
  }),
  'max-body': positive(2000).default(32).register(help, {
    value: 'MB',
    group: limits,
    description: 'largest request, in megabytes',
  }),
  'max-buffered': positive(1e6).default(512).register(help, {
    value: 'MB',
    group: limits,
    description: 'most memory for requests that are arriving or waiting, in megabytes; beyond it, 503',
  }),
  'max-pixels': positive(100).default(40).register(help, {
    value: 'MILLIONS',
    group: limits,
    description: 'most pixels in an image, in millions',
  }),
  'decode-seconds': positive(3600).default(10).register(help, {
    value: 'S',
    group: limits,
    description: 'longest time to decode one image',
  }),
  'answer-seconds': positive(3600).default(60).register(help, {
    value: 'S',
    group: limits,
    description: 'longest time to answer, and to finish what was accepted when the server ends',
  }),
  'max-adapters': whole(1, 100_000).default(256).register(help, {
    value: 'N',
    group: limits,
    description: 'most adapters',
  }),
  'max-engines': whole(1, 1000).default(8).register(help, {
    value: 'N',
    group: limits,
    description: 'how often a base may be loaded: once per network, image size and preprocessing',
  }),
});

export type ServeOptions = z.output<typeof serveOptionsSchema>;
export type ServeOptionsInput = z.input<typeof serveOptionsSchema>;
