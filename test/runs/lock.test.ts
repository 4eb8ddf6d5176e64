/** @file A run folder is one process's at a time; what the dead leave behind is taken over. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { thisProcess } from '../../src/files/host.js';
import type { TrainOptionsInput } from '../../src/runs/options.js';
import { train } from '../../src/runs/train.js';
import { contents, folderForTests, refusal, smallOnnx, writeImages } from './example-run.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const options: TrainOptionsInput = { model: at('small.onnx'), size: 24, batch: 8, epochs: 1, method: 'fc' };

/** As another process leaves it, so long ago. */
function lockBy(owner: { host: string; pid: number }, ageSeconds: number, run = at('begun')): void {
  const file = path.join(run, '.lock~1');
  writeFileSync(file, JSON.stringify(owner));
  const then = Date.now() / 1000 - ageSeconds;
  utimesSync(file, then, then);
}

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'), { each: 12 });
  const stop = new AbortController();
  const { finished } = await train(
    at('pets'),
    { ...options, epochs: 2, out: at('begun') },
    { onEpoch: () => stop.abort(), signal: stop.signal },
  );
  expect(finished).toBe(false);
  expect(readdirSync(at('begun')).some((name) => name.startsWith('.lock'))).toBe(false);
});

test('a run that is training is refused to everybody else, and ends as if nobody had tried', async () => {
  const out = at('both');
  const tried: Promise<unknown>[] = [];
  const attempt = (data: string | undefined, resume: boolean) =>
    void tried.push(refusal(train(data, { ...(data && options), epochs: 2, resume, out })));
  const { finished } = await train(
    at('pets'),
    { ...options, epochs: 2, out },
    {
      onPlan: () => attempt(undefined, true),
      onEpoch: () => attempt(at('pets'), true),
    },
  );
  expect(finished).toBe(true);
  const errors = (await Promise.all(tried)) as Error[];
  expect(errors.length).toBe(3);
  for (const { message } of errors) {
    expect(message).toContain(`${out} is being trained by process ${process.pid} on this machine; stop it`);
  }
  expect(Object.keys(contents(out)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a folder in which another has just begun is refused, and left as it is', async () => {
  const out = at('twin');
  mkdirSync(out);
  lockBy({ host: 'north/boot/pid', pid: 77 }, 0, out);
  const error = await refusal(train(at('pets'), { ...options, out }));
  expect(error.message).toContain('by process 77 on north');
  expect(readdirSync(out)).toEqual(['.lock~1']);
});

test('a process on another machine counts until it has been silent for a minute', async () => {
  lockBy({ host: 'north/boot/pid', pid: 77 }, 30);
  const error = await refusal(train(undefined, { resume: true, out: at('begun') }));
  expect(error).toMatchObject({ code: 'run-busy' });
  expect(error.message).toContain('is being trained by process 77 on north; stop it there');
  cpSync(at('begun'), at('silent'), { recursive: true });
  lockBy({ host: 'north/boot/pid', pid: 77 }, 90, at('silent'));
  expect((await train(undefined, { resume: true, out: at('silent') })).finished).toBe(true);
  expect(readdirSync(at('silent')).some((name) => name.startsWith('.lock'))).toBe(false);
});

test('a process of this machine that has ended does not count at all', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  cpSync(at('begun'), at('killed'), { recursive: true });
  lockBy({ ...thisProcess(), pid }, 0, at('killed'));
  expect((await train(undefined, { resume: true, out: at('killed') })).finished).toBe(true);
});

test('who was taken over while standing still writes nothing more', async () => {
  const out = at('overtaken');
  const overtaken = train(
    at('pets'),
    { ...options, epochs: 2, out },
    {
      onPlan: () => {
        writeFileSync(path.join(out, '.lock~2'), JSON.stringify({ host: 'north/boot/pid', pid: 78 }));
        before = contents(out);
      },
    },
  );
  let before: Record<string, string> | undefined;
  expect((await refusal(overtaken)).message).toMatch(/was taken over, .*, by process 78 on north/);
  const { '.lock~1': own, ...after } = contents(out);
  const { '.lock~1': _, ...should } = before!;
  expect(after).toEqual(should);
  expect(own).toMatch(/^(released)?$/);
});
