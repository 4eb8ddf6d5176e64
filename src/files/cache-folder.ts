/** @file Where files are kept that can be had again: fetched weights, unpacked archives. */
import { homedir } from 'node:os';
import path from 'node:path';

/** TRANSFUSE_CACHE, or the system's place for caches. */
export function cacheFolder(...parts: readonly string[]): string {
  const { TRANSFUSE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (TRANSFUSE_CACHE) return path.resolve(TRANSFUSE_CACHE, ...parts);
  const places: Partial<Record<NodeJS.Platform, string>> = {
    darwin: path.join(homedir(), 'Library', 'Caches'),
    win32: LOCALAPPDATA ?? path.join(homedir(), 'AppData', 'Local'),
  };
  const place = places[process.platform] ?? (XDG_CACHE_HOME || path.join(homedir(), '.cache'));
  return path.join(place, 'transfuse', ...parts);
}
