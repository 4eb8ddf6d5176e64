/** @file Golden pixels, as `oracles/data_pixels.py` wrote them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export function golden(name: string): string {
  return path.resolve('test/golden/data', name);
}

export function goldenJson<T>(name: string): T {
  return JSON.parse(readFileSync(golden(name), 'utf8')) as T;
}

export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
