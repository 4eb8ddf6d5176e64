/** @file The command line as users have it: compiled, in a process of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

export interface Outcome {
  /** Exit status; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Without the progress that is reported now and then where the machine is slow. */
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Resolves once stdout contains the text; rejects where the process ends before. */
  says(text: string): Promise<void>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Program and arguments to run it under. */
  readonly under?: readonly string[];
}

const PROGRESS = /^.* \d+\/\d+( · .*)?\n/gm;

/** No command of these tests takes long; what has not ended by then hangs. */
const LIMIT_MS = 240_000;

/**
 * Compiles the sources once for the tests of one file.
 * @returns functions that start the compiled command line
 */
export function compiledTransfuse() {
  vi.setConfig({ testTimeout: LIMIT_MS });
  let home = '';
  // Below node_modules, so that dependencies are found from there.
  const cache = path.join(root, 'node_modules/.cache');

  beforeAll(() => {
    mkdirSync(cache, { recursive: true });
    home = realpathSync(mkdtempSync(path.join(cache, 'transfuse-')));
    chmodSync(home, 0o755);
    copyFileSync(path.join(root, 'package.json'), path.join(home, 'package.json'));
    symlinkSync(path.join(root, 'assets'), path.join(home, 'assets'), 'junction');
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const options = ['--noCheck', '--declaration', 'false', '--outDir', path.join(home, 'dist')];
    execFileSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json'), ...options]);
  }, LIMIT_MS);

  afterAll(() => rmSync(home, { recursive: true, force: true }));

  function start(args: readonly string[], { cwd, env, under = [] }: StartOptions = {}): Running {
    const main = path.join(home, 'dist/cli/main.js');
    const [program, ...rest] = [...under, process.execPath, main, ...args];
    const child = spawn(program, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const outcome = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) =>
        resolve({ code, signal, stdout, stderr: stderr.replaceAll(PROGRESS, '') }),
      );
    });
    const says = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => void (stdout.includes(text) && resolve());
        look();
        child.stdout.on('data', look);
        child.on('close', () => reject(new Error(`ended without saying “${text}”:\n${stdout}${stderr}`)));
      });
    return { child, outcome, says };
  }

  return {
    start,
    /** Runs it to its end. */
    run: (args: readonly string[], options?: StartOptions): Promise<Outcome> => start(args, options).outcome,
    /** Where it is compiled to. */
    home: () => home,
  };
}
