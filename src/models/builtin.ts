/** @file The built-in network, from the file that comes with the package. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Network } from '../graph/network.js';
import { BUILTIN_NAME, decodePetri } from './petri.js';

/** Petri with its pre-trained weights. */
export async function loadBuiltin(): Promise<Network> {
  const path = fileURLToPath(new URL(`../../assets/${BUILTIN_NAME}.safetensors`, import.meta.url));
  const file = await readFile(path);
  return decodePetri(file, createHash('sha256').update(file).digest('hex'), path);
}
