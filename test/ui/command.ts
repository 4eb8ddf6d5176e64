/** @file `transfuse ui` as users have it: compiled, in a process of its own, ended by Ctrl-C. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { compiledTransfuse } from '../cli/transfuse.js';

export interface UiCommand {
  /** A folder for the tests of one file; runs lie in `runs` below it. */
  readonly folder: string;
  /** The address that it printed. */
  url(): URL;
  /** Presses Ctrl-C, waits until it has ended, and starts it again. */
  restart(): Promise<void>;
}

/** @param makePage puts the built page into a folder; without, there is one that shows nothing */
export function uiCommand(makePage = emptyPage): UiCommand {
  const { home } = compiledTransfuse();
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
  const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-ui-'));
  let child: ChildProcess | undefined;
  let url: URL;

  const start = async (): Promise<void> => {
    const args = ['ui', '--no-open', '--runs', path.join(folder, 'runs')];
    child = spawn(process.execPath, [path.join(home(), 'dist/cli/main.js'), ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    url = await addressFrom(child);
  };
  const stop = async (): Promise<void> => {
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child!.once('exit', resolve));
    child.kill('SIGINT');
    await ended;
  };
  beforeAll(async () => {
    await makePage(path.join(home(), 'dist/ui/page'));
    await start();
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const restart = async (): Promise<void> => {
    await stop();
    await start();
  };
  return { folder, url: () => url, restart };
}

async function emptyPage(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Transfuse</title>');
}

function addressFrom(child: ChildProcess): Promise<URL> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout!.on('data', (chunk) => {
      said += chunk;
      const [address] = /http:\S+/.exec(said) ?? [];
      if (address) resolve(new URL(address));
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code}, saying: ${said}`)));
  });
}
