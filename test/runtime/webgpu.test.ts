/**
 * @file Training on WebGPU equals training on the CPU. Without a GPU that takes SwiftShader, an adapter in software that
 * Chromium brings; with TRANSFUSE_TEST_DEVICE=webgpu it is the machine's own adapter.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folders = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
  '/snap/chromium/current/usr/lib/chromium-browser',
];
const driver = 'vk_swiftshader_icd.json';
const folder = folders.find((each) => existsSync(path.join(each, driver)));
const own = process.env.TRANSFUSE_TEST_DEVICE === 'webgpu';
const usable = own || (folder !== undefined && process.platform === 'linux' && process.arch === 'x64');

/** What makes a process see SwiftShader; Chromium also has the loader that finds it. */
const environment = () =>
  own
    ? process.env
    : { ...process.env, VK_ICD_FILENAMES: path.join(folder!, driver), LD_LIBRARY_PATH: folder };

const title = 'steps on WebGPU give what they give on the CPU';

test.skipIf(!usable)(
  usable ? title : `${title} (skipped: there is no SwiftShader in ${folders.join(', ')})`,
  { timeout: 600_000 },
  async () => {
    const register = path.resolve('scripts/register-typescript.mjs');
    const script = path.join(import.meta.dirname, 'webgpu-steps.ts');
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', register, script], {
      env: environment(),
    });
    const cases: Record<string, Record<string, number>> = JSON.parse(stdout);
    expect(Object.keys(cases)).toHaveLength(3);
    for (const [name, errors] of Object.entries(cases)) {
      for (const [what, error] of Object.entries(errors)) {
        expect(error, `${name}: ${what}`).toBeLessThan(1e-4);
      }
      expect(Object.keys(errors).length).toBeGreaterThan(8);
    }
  },
);
