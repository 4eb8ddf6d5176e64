/** @file A study in one process: done once, resumed, with failures recorded, and tables that other programs read. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { readFailures, readResults } from '../../src/study/results.js';
import { runStudy } from '../../src/study/run-study.js';
import { openStudy } from '../../src/study/study.js';
import { folderForTests, refusal } from '../runs/example-run.js';
import { quickSettings, writeStudy } from './example-study.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const claims = { heartbeat: 0.2, stale: 2 };

test('every cell once; what two methods share is trained once; tables in the published columns', async () => {
  const file = await writeStudy(at('whole'), {
    datasets: { malaria: { path: 'pets', size: 24, batch: 8, dropout: 0 } },
    architectures: { densenet121: 'small.onnx' },
    methods: ['fc', 'fc_then_full'],
  });
  const study = await openStudy(file, { out: at('whole/out') });
  const begun: string[] = [];
  const outcome = await runStudy(study, { claims }, { onCell: ({ id }) => begun.push(id) });
  expect(outcome).toEqual({ done: 2, failed: 0, finished: true });
  expect(begun).toEqual(['malaria~densenet121~fc~1', 'malaria~densenet121~fc_then_full~1']);

  const [full, fc] = await readResults(study.folder);
  expect(fc).toMatchObject({ reused: 0, seed: 0, images: { train: 12, validation: 6, test: 6 } });
  expect(full).toMatchObject({ reused: 1, bestEpoch: 2 });
  expect(full.history.map(({ phase }) => phase)).toEqual(['head', 'full']);
  // The head alone is the forward pass and two thin products; everything is about three times that.
  expect(full.history[0].flops).toBe(fc.history[0].flops);
  const ratio = full.history[1].flops / full.history[0].flops;
  expect(ratio).toBeGreaterThan(2);
  expect(ratio).toBeLessThan(3.2);
  // A cell that is done keeps its run, but for what only resuming needs.
  expect(readdirSync(at('whole/out/runs', fc.cell))).toContain('report.html');
  expect(readdirSync(at('whole/out/runs', fc.cell))).not.toContain('checkpoint.safetensors');

  expect(existsSync(at('whole/out/phases'))).toBe(false);
  const lines = readFileSync(at('whole/out/results.jsonl'), 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([full, fc]);
  const rows = parse(readFileSync(at('whole/out/results.csv')), { columns: true }) as Record<
    string,
    string
  >[];
  expect(Object.keys(rows[0]).slice(0, 7)).toEqual([
    'method',
    'model',
    'dataset',
    'loss',
    'accuracy',
    'auc',
    'loss_test_hosp_0',
  ]);
  expect(rows.map(({ method, model, dataset }) => [method, model, dataset])).toEqual([
    ['fc_then_full', 'densenet121', 'malaria'],
    ['fc', 'densenet121', 'malaria'],
  ]);
  expect(Number(rows[0].auc)).toBe(full.test.auc);

  // Again: nothing is left to do.
  const again = await runStudy(study, { claims }, { onCell: ({ id }) => begun.push(id) });
  expect(again).toEqual({ done: 0, failed: 0, finished: true });
  expect(begun.length).toBe(2);

  // One more repetition is one more run; other settings are another study.
  const more = await openStudy(await writeStudy(at('whole'), { ...study.definition, repetitions: 2 }), {
    out: at('whole/out'),
  });
  expect(more.cells.length).toBe(4);
  const changed = await openStudy(await writeStudy(at('whole'), { ...study.definition, seed: 5 }), {
    out: at('whole/out'),
  });
  const error = await refusal(runStudy(changed, { claims }));
  expect(error.code).toBe('study-changed');
  expect(error.message).toContain('2 results obtained under other settings');
});

test('a failure is recorded and the rest goes on; the next call tries again', async () => {
  const file = await writeStudy(at('failing'), {
    datasets: { gone: 'nowhere', pets: 'pets' },
    methods: ['fc'],
  });
  const study = await openStudy(file, { out: at('failing/out') });
  const failed: string[] = [];
  const hooks = { onFailed: (cell: { id: string }) => failed.push(cell.id) };
  expect(await runStudy(study, { claims }, hooks)).toEqual({ done: 1, failed: 1, finished: true });
  expect(failed).toEqual(['gone~small~fc~1']);
  const [failure] = await readFailures(study.folder);
  expect(failure).toMatchObject({ cell: 'gone~small~fc~1', code: 'data-not-found' });
  expect(failure.message).toContain('nowhere');

  expect(await runStudy(study, { claims }, hooks)).toMatchObject({ done: 0, failed: 1 });
  await writeStudy(at('failing/later'));
  renameSync(at('failing/later/pets'), at('failing/nowhere'));
  expect(await runStudy(study, { claims }, hooks)).toMatchObject({ done: 1, failed: 0 });
  expect(await readFailures(study.folder)).toEqual([]);
});

test('stopped in the middle of a cell, it goes on there', async () => {
  const study = await openStudy(
    await writeStudy(at('stopped'), { methods: ['fc-then-full'], settings: { ...quickSettings, epochs: 2 } }),
    { out: at('stopped/out') },
  );
  const stop = new AbortController();
  const onPhase = ({ name }: { name: string }) => name === 'full' && stop.abort();
  const outcome = await runStudy(study, { claims }, { signal: stop.signal, train: { onPhase } });
  expect(outcome).toEqual({ done: 0, failed: 0, finished: false });
  const phases: string[] = [];
  const second = await runStudy(
    study,
    { claims },
    { train: { onEpoch: ({ phase }) => void phases.push(phase) } },
  );
  expect(second).toEqual({ done: 1, failed: 0, finished: true });
  expect(phases).toEqual(['full', 'full']);
  expect(readdirSync(path.join(study.folder, 'claims')).filter((name) => !name.startsWith('.'))).toEqual([]);
});

test('what an unfinished run under other settings has left is thrown away', async () => {
  const content = { methods: ['fc'] };
  const first = await openStudy(await writeStudy(at('other'), content), { out: at('other/out') });
  const stop = new AbortController();
  const onEpoch = () => stop.abort();
  await runStudy(first, { claims }, { signal: stop.signal, train: { onEpoch } });
  expect(existsSync(at('other/out/runs/pets~small~fc~1/checkpoint.safetensors'))).toBe(true);
  const settings = { ...quickSettings, size: 28 };
  const second = await openStudy(await writeStudy(at('other'), { ...content, settings }), {
    out: at('other/out'),
  });
  expect(await runStudy(second, { claims })).toMatchObject({ done: 1 });
});

test('a cell that kills its processes is a failure, in the end', async () => {
  const study = await openStudy(await writeStudy(at('deadly'), { methods: ['fc'] }), {
    out: at('deadly/out'),
  });
  await runStudy(study, { claims, cells: [] });
  for (let n = 1; n <= 5; n++) {
    const file = at('deadly/out/claims', `pets~small~fc~1~${n}`);
    writeFileSync(file, JSON.stringify({ host: 'elsewhere', pid: n }));
  }
  expect(await runStudy(study, { claims })).toMatchObject({ done: 0, failed: 1 });
  expect((await readFailures(study.folder))[0].message).toMatch(/^5 processes died/);
  // Asked again, it gets another chance.
  expect(await runStudy(study, { claims })).toMatchObject({ done: 1, failed: 0 });
  rmSync(at('deadly'), { recursive: true });
});
