import path from 'node:path';
import { expect, test } from 'vitest';
import { sharedData } from '../shared-data.js';
import { compiledTransfuse } from './transfuse.js';

const { run } = compiledTransfuse();
const golden = path.resolve('test/golden/datasets');

test('datasets: where to get each, its licence and layout, and what of it is here', async () => {
  const { code, stdout } = await run(['datasets', '--root', golden]);
  expect(code).toBe(0);
  expect(stdout).toContain('patch_camelyon16, pcam, patch_camelyon\n  PatchCamelyon');
  expect(stdout).toMatch(/licence +CC0 1\.0/);
  expect(stdout).toMatch(/here +test\/golden\/datasets\/pcam\n/);
  expect(stdout).toMatch(/here +test\/golden\/datasets\/medmnist\/breastmnist\.npz, /);
  expect(stdout).toMatch(/published +165×341, batch 32, dropout 0\.5, sparse categorical cross-entropy/);
});

test('one by its name, as JSON; from the environment', async () => {
  const { stdout } = await run(['datasets', 'camelyon17', '--json'], {
    env: { TRANSFUSE_DATASETS: golden },
  });
  expect(JSON.parse(stdout)).toMatchObject({
    root: golden,
    datasets: [{ name: 'patch_camelyon17', options: ['--hospitals'], found: [] }],
  });
});

test('what is not there is said in one line', async () => {
  const unknown = await run(['datasets', 'mnist']);
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringMatching(/^transfuse: there is no data set mnist; .*\n$/),
  ]);
  const nowhere = await run(['datasets', '--root', '/nowhere']);
  expect(nowhere.stderr).toBe('transfuse: cannot look into /nowhere: it does not exist\n');
});

const shared = sharedData('data');
test.skipIf(!shared)('the real ones (skips where the shared data are absent)', async () => {
  const { stdout } = await run(['datasets', '--root', shared!, '--json']);
  const found = Object.fromEntries(
    JSON.parse(stdout).datasets.map(({ name, found }: { name: string; found: string[] }) => [
      name,
      found.length,
    ]),
  );
  expect(found).toMatchObject({ chest_xray: 1, oct: 1, medmnist: 1, chexpert: 0, patch_camelyon17: 0 });
});
