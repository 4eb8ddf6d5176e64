/** @file What the engines write: Kubernetes' manifest, Slurm's job scripts. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { kubernetesJob } from '../../src/study/kubernetes.js';
import { arraysOf, slurmScript, slurmSeconds } from '../../src/study/slurm.js';
import { openStudy } from '../../src/study/study.js';

const study = await openStudy('paper', { out: '/data/out dir', data: '/data' });
const list = { folder: '/data/out/2026-01-02T03-04-05-006Z', file: '/data/out/cells.txt', tasks: 40 };

test('the Kubernetes manifest', () => {
  const job = kubernetesJob(study, list, {
    image: 'registry/transfuse:1',
    volume: 'shared',
    mount: '/data',
    memory: '8G',
    cpus: '4',
    limit: '10',
  });
  expect(parse(stringify(job))).toEqual(JSON.parse(JSON.stringify(job)));
  expect(job.metadata.name).toMatch(/^[a-z0-9-]{1,63}$/);
  expect(job.spec).toMatchObject({ completionMode: 'Indexed', completions: 40, parallelism: 10 });
  const [container] = job.spec.template.spec.containers;
  expect(container.command).toEqual(['transfuse', 'study', 'run', '/data/out dir', '--list', list.file]);
  expect(container.resources).toEqual({
    requests: { cpu: '4', memory: '8Gi' },
    limits: { cpu: '4', memory: '8Gi' },
  });
});

test('arrays of at most so many tasks', () => {
  expect(arraysOf(1080, 1000, 5)).toEqual([
    { offset: 0, size: 1000, limit: 5 },
    { offset: 1000, size: 80, limit: 5 },
  ]);
});

test('the Slurm script', () => {
  const script = slurmScript(study, list, arraysOf(40, 1000, 3)[0], {
    partition: 'gpu',
    account: 'lab',
    time: '4:00:00',
    memory: '8G',
    cpus: '4',
    sbatch: ['--qos=low'],
  });
  for (const line of [
    '--array=0-39%3',
    '--requeue',
    '--partition=gpu',
    '--account=lab',
    '--time=4:00:00',
    '--signal=B:USR1@120',
    '--mem=8G',
    '--cpus-per-task=4',
    '--qos=low',
  ]) {
    expect(script).toContain(`#SBATCH ${line}\n`);
  }
  expect(script).toContain(
    "study run '/data/out dir' --list /data/out/cells.txt --index $((SLURM_ARRAY_TASK_ID + 0))",
  );
  expect(path.isAbsolute(/^(\S+).* study run/m.exec(script)![1])).toBe(true);
});

test('time limits as Slurm writes them', () => {
  const seconds = Object.fromEntries(
    ['90', '5:30', '1:00:00', '2-0', '1-2:03', '1-2:03:04', '', 'soon', '1:2:3:4'].map((time) => [
      time,
      slurmSeconds(time),
    ]),
  );
  expect(seconds).toEqual({
    90: 5400,
    '5:30': 330,
    '1:00:00': 3600,
    '2-0': 172_800,
    '1-2:03': 93_780,
    '1-2:03:04': 93_784,
    '': undefined,
    soon: undefined,
    '1:2:3:4': undefined,
  });
  const script = (time: string) => slurmScript(study, list, arraysOf(40, 1000)[0], { time });
  expect(script('4')).toContain('--signal=B:USR1@60\n');
  expect(() => script('2')).toThrow('--time is 2; it must be a time as Slurm writes it');
});
