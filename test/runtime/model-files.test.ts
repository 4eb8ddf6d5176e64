import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const url = (file: string): string => pathToFileURL(path.join(root, file)).href;

/** What a process leaves in its folder for temporary files that opens a folder for models and ends. */
async function leftBy(before: string): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'transfuse-left-'));
  const code = `
    const { clearModelFilesAtExit, openModelFiles } = await import('${url('src/runtime/model-files.ts')}');
    ${before}
    await (await openModelFiles()).write(new Uint8Array(9));`;
  await promisify(execFile)(
    process.execPath,
    ['--import', url('scripts/register-typescript.mjs'), '--input-type=module', '-e', code],
    { cwd: root, env: { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder } },
  );
  const left = (await readdir(folder)).filter((name) => name.startsWith('transfuse'));
  await rm(folder, { recursive: true });
  return left;
}

test('folders of models go with the process, where that was asked for', async () => {
  expect(await leftBy('')).toHaveLength(1);
  expect(await leftBy('clearModelFilesAtExit(); clearModelFilesAtExit();')).toEqual([]);
});
