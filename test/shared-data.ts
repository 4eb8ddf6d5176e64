/** @file Where tests find real images and weights; they are not part of the project, so tests that need them skip without. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(process.env.TRANSFUSE_DATA ?? '../shared');

/** The absolute path of a shared file or folder, or undefined where it is absent (the caller's test must then skip). */
export function sharedData(relativePath: string): string | undefined {
  const full = path.join(root, relativePath);
  return existsSync(full) ? full : undefined;
}
