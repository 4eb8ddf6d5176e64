import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ensureWritable, removeAbandoned, writeFileAtomic } from '../../src/files/atomic.js';
import { makeFolder } from '../../src/files/make-folder.js';

const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => path.join(folder, ...parts);

describe('writing', () => {
  test('replaces a file, and leaves nothing beside it', async () => {
    mkdirSync(at('plain'));
    await writeFileAtomic(at('plain/a'), 'old and long');
    await writeFileAtomic(at('plain/a'), Uint8Array.of(110, 101, 119));
    expect(readFileSync(at('plain/a'), 'utf8')).toBe('new');
    expect(readdirSync(at('plain'))).toEqual(['a']);
  });

  test('goes through a symbolic link to what it points at', async () => {
    mkdirSync(at('linked'));
    writeFileSync(at('linked/target'), 'old');
    symlinkSync('target', at('linked/link'));
    await writeFileAtomic(at('linked/link'), 'new');
    expect(lstatSync(at('linked/link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('linked/target'), 'utf8')).toBe('new');
  });

  test.skipIf(process.platform === 'win32')('goes into a pipe, which stays one', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await ensureWritable(at('pipe'));
    const reader = new Promise((resolve) => {
      import('node:fs/promises').then(({ readFile }) => resolve(readFile(at('pipe'), 'utf8')));
    });
    await writeFileAtomic(at('pipe'), 'through');
    expect(await reader).toBe('through');
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  test('what fails says why and keeps the old file', async () => {
    mkdirSync(at('failing/folder'), { recursive: true });
    writeFileSync(at('failing/file'), 'old');
    for (const [name, reason] of [
      ['failing/none/x', 'its folder does not exist'],
      ['failing/file/x', 'a part of its path is a file, not a folder'],
      ['failing/folder', 'it is a folder'],
      [`failing/${'long'.repeat(100)}`, 'its name is too long'],
    ]) {
      const error = { code: 'cannot-write', message: `cannot write ${at(name)}: ${reason}` };
      await expect(writeFileAtomic(at(name), 'new')).rejects.toMatchObject(error);
      await expect(ensureWritable(at(name))).rejects.toMatchObject(error);
    }
    expect(readdirSync(at('failing')).sort()).toEqual(['file', 'folder']);
    expect(readFileSync(at('failing/file'), 'utf8')).toBe('old');
  });

  test('asking whether a file could be written changes nothing', async () => {
    mkdirSync(at('asked'));
    writeFileSync(at('asked/there'), 'old');
    await ensureWritable(at('asked/there'));
    await ensureWritable(at('asked/not there'));
    expect(readdirSync(at('asked'))).toEqual(['there']);
    expect(readFileSync(at('asked/there'), 'utf8')).toBe('old');
  });
});

test('what a killed process left is removed, what a living one writes is not', async () => {
  mkdirSync(at('left'));
  const dead = execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], {
    encoding: 'utf8',
  }).trim();
  const names = [`a.${dead}.part`, `a.${process.pid}.part`, 'a', 'my.part', 'b.12'];
  for (const name of names) writeFileSync(at('left', name), '');
  await removeAbandoned(at('left'));
  expect(readdirSync(at('left')).sort()).toEqual(names.slice(1).sort());
});

describe('making folders', () => {
  test('makes all that is missing, and minds no folder that is there', async () => {
    await makeFolder(at('deep/er/still'));
    await Promise.all([
      makeFolder(at('deep/er/still')),
      makeFolder(at('deep/er/too')),
      makeFolder(at('deep/er/too')),
    ]);
    expect(readdirSync(at('deep/er')).sort()).toEqual(['still', 'too']);
  });

  test('says why not', async () => {
    writeFileSync(at('in the way'), '');
    await expect(makeFolder(at('in the way'))).rejects.toThrow('it is a file, not a folder');
    await expect(makeFolder(at('in the way/a/b'))).rejects.toThrow(
      'a part of its path is a file, not a folder',
    );
  });

  test.skipIf(!existsSync('/proc/self'))('ends below /proc, too', async () => {
    await expect(makeFolder('/proc/a/b')).rejects.toThrow(/^cannot write \/proc\/a\/b: /);
  });
});
