/** @file What identifies weights that come from no file. */
import { createHash } from 'node:crypto';
import type { ParameterInfo } from '../graph/network.js';

/** SHA-256 of all values in order, in hexadecimal. */
export function hashOfWeights(parameters: readonly ParameterInfo[]): string {
  const hash = createHash('sha256');
  for (const { tensor } of parameters) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
