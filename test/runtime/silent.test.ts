/** @file ONNX Runtime leaves nothing behind and calls nobody: no id of the machine, no database of events. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

test.each(['here', 'worker'])('a session leaves the home folder empty: %s', (where) => {
  const home = mkdtempSync(path.join(tmpdir(), 'transfuse-home-'));
  try {
    const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env;
    const register = path.resolve('scripts/register-typescript.mjs');
    const script = path.join(import.meta.dirname, 'run-session.ts');
    const output = execFileSync(process.execPath, ['--import', register, script, where], {
      env: { ...env, HOME: home },
      encoding: 'utf8',
    });
    expect(output).toBe('3\n');
    expect(readdirSync(home, { recursive: true })).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
