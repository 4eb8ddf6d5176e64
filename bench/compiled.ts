/** @file Our side as people run it: compiled, since the loader of TypeScript takes some 20 MB in each thread. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { node } from './process.js';

/** The command that runs the engine transfuse-step.ts. */
export async function compiledEngine(): Promise<[string, ...string[]]> {
  const folder = path.join(import.meta.dirname, '.compiled');
  await rm(folder, { recursive: true, force: true });
  const compiler = path.join(
    path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  await promisify(execFile)(process.execPath, [
    compiler,
    '-p',
    path.join(import.meta.dirname, 'tsconfig.compiled.json'),
  ]);
  return [...node, path.join(folder, 'bench/transfuse-step.js')];
}
