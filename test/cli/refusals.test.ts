/** @file How the process ends when something is wrong: status 1, one line on stderr, no stack trace. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folderForTests, smallOnnx, writeImages } from '../runs/example-run.js';
import { compiledTransfuse } from './transfuse.js';

const { run } = compiledTransfuse();
const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const inFolder = { cwd: folder };

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'), { each: 10 });
  writeFileSync(at('config.yaml'), 'model: small.onnx\nepoch: 3\n');
});

const cases: [string, string[], RegExp][] = [
  [
    'an unknown command',
    ['trian'],
    /^transfuse: unknown command 'trian' \(Did you mean train\?\) \(see --help\)\n$/,
  ],
  [
    'a misspelt flag',
    ['train', 'pets', '--epoch', '3'],
    /^transfuse: unknown option '--epoch' \(Did you mean --epochs\?\) \(see --help\)\n$/,
  ],
  [
    'a flag without its value',
    ['train', 'pets', '--epochs'],
    /^transfuse: option '--epochs <N>' argument missing \(see --help\)\n$/,
  ],
  [
    'an argument missing',
    ['predict', 'runs/x'],
    /^transfuse: missing required argument 'images' \(see --help\)\n$/,
  ],
  [
    'an argument too many',
    ['train', 'pets', 'cars'],
    /^transfuse: too many arguments for 'train'.* \(see --help\)\n$/,
  ],
  [
    'an option out of range',
    ['train', 'pets', '--lr', '-1'],
    /^transfuse: --lr is -1; it must be a number above 0\n$/,
  ],
  [
    'a misspelt key of a config',
    ['train', 'pets', '--config', 'config.yaml'],
    /^transfuse: config\.yaml: epoch is not an option; those are model, [^\n]*\n$/,
  ],
  ['no data', ['train', '--model', 'small.onnx'], /^transfuse: which images\? Give a folder[^\n]*\n$/],
  [
    'data that are not there',
    ['train', 'nowhere', '--model', 'small.onnx'],
    /^transfuse: cannot open data [^\n]*nowhere: it does not exist\n$/,
  ],
  [
    'a run that is not there',
    ['evaluate', 'nowhere', 'pets'],
    /^transfuse: nowhere does not exist; it should be a run folder or an adapter file\n$/,
  ],
];

test.each(cases)('%s', async (_, args, line) => {
  const { code, signal, stdout, stderr } = await run(args, inFolder);
  expect({ code, signal, stdout }).toEqual({ code: 1, signal: null, stdout: '' });
  expect(stderr).toMatch(line);
});

test('no command at all: what there is', async () => {
  const { code, stderr } = await run([]);
  expect(code).toBe(1);
  expect(stderr).toContain('Usage: transfuse [options] [command]');
});

describe('without permission', () => {
  /** Root may do everything, so that somebody else has to try. */
  const isRoot = process.getuid?.() === 0;
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const canTry = !isRoot || works([...nobody, 'test', '-r', path.resolve('package.json')]);
  const asNobody = { cwd: folder, under: isRoot ? nobody : [] };
  const train = ['train', 'pets', '--model', 'small.onnx', '--size', '24', '--epochs', '1', '--method', 'fc'];

  function works([program, ...args]: string[]): boolean {
    try {
      execFileSync(program, args, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }

  async function withMode<T>(file: string, mode: number, attempt: () => Promise<T>): Promise<T> {
    chmodSync(file, mode);
    try {
      return await attempt();
    } finally {
      chmodSync(file, 0o755);
    }
  }

  beforeAll(() => chmodSync(folder, 0o755));

  test.skipIf(!canTry || process.platform === 'win32')(
    'to write (skipped where no other user can be)',
    async () => {
      const { code, stderr } = await withMode(folder, 0o555, () => run([...train, '--out', 'run'], asNobody));
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'transfuse: cannot write run: permission denied\n',
      });
    },
  );

  test.skipIf(!canTry || process.platform === 'win32')(
    'to read (skipped where no other user can be)',
    async () => {
      for (const [file, line] of [
        ['pets/cat', /^transfuse: cannot look into [^\n]*pets\/cat: no permission to read it\n$/],
        ['pets', /^transfuse: cannot look into [^\n]*pets: no permission to read it\n$/],
        ['small.onnx', /^transfuse: the model file [^\n]*small\.onnx cannot be read: no permission\n$/],
      ] as const) {
        const { code, stderr } = await withMode(at(file), 0, () => run([...train, '--out', 'run'], asNobody));
        expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(line) });
      }
    },
  );

  test.skipIf(!canTry || process.platform === 'win32')(
    'to read one image: skipped and counted (skipped itself where no other user can be)',
    async () => {
      chmodSync(folder, 0o777);
      const { code, stdout, stderr } = await withMode(at('pets/cat/cat-0.png'), 0, () =>
        run([...train, '--out', 'run'], asNobody),
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Warning: cannot read [^\n]*pets\/cat\/cat-0\.png: no permission to read it$/m);
    },
  );
});
