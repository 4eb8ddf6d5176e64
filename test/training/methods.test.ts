import { expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { publishedMethods } from '../../src/study/published.js';
import { methods, resolveMethod } from '../../src/training/methods.js';

/** Of each phase: how many roles train, rate, epochs, statistics, momentum. */
const published: Record<string, unknown[][]> = {
  fc: [[2, 1e-3, 100, 'frozen']],
  'fc-then-full': [
    [2, 1e-3, 100, 'frozen'],
    [6, 1e-5, 500, 'frozen'],
  ],
  'fc-then-bn': [
    [2, 1e-3, 1, 'frozen'],
    [4, 1e-3, 500, 'frozen'],
  ],
  'bn-and-fc': [[4, 1e-3, 500, 'frozen']],
  'fc-then-bn-lr': [
    [2, 1e-3, 100, 'frozen'],
    [4, 1e-5, 500, 'frozen'],
  ],
  'fc-bma': [[2, 1e-3, 500, 'batch', 0.95]],
  'fc-then-full-bma': [
    [2, 1e-3, 100, 'frozen'],
    [6, 1e-5, 500, 'batch', 0.99],
  ],
  'fc-then-bn-bma': [
    [2, 1e-3, 1, 'frozen'],
    [4, 1e-3, 500, 'batch', 0.99],
  ],
  'rnd-bn-and-fc': [[4, 1e-3, 500, 'frozen']],
  'rnd-bn-and-fc-bma': [[4, 1e-3, 500, 'batch', 0.99]],
};

test('the published methods have the published phases', () => {
  for (const [name, phases] of Object.entries(published)) {
    const brief = resolveMethod(name).phases.map(
      ({ trains, learningRate, epochs, statistics, momentum, lastBlocks, objective }) =>
        [trains.length, learningRate, epochs, statistics, momentum, lastBlocks, objective].filter(
          (fact) => fact !== undefined,
        ),
    );
    expect(brief, name).toEqual(phases);
    expect(resolveMethod(name).start, name).toBe(name.startsWith('rnd-') ? 'random' : undefined);
  }
});

test('the study finds every published method here, and phases that methods share are equal', () => {
  expect(publishedMethods.map(({ method }) => method).toSorted()).toEqual(Object.keys(published).toSorted());
  const first = (name: string) => JSON.stringify(resolveMethod(name).phases[0]);
  for (const name of ['fc-then-full', 'fc-then-bn-lr', 'fc-then-full-bma'])
    expect(first(name)).toBe(first('fc'));
  expect(first('fc-then-bn-bma')).toBe(first('fc-then-bn'));
});

test('phases of a method have different names, by which their epochs are told apart', () => {
  for (const name of Object.keys(methods)) {
    const names = resolveMethod(name).phases.map((phase) => phase.name);
    expect(new Set(names).size, name).toBe(names.length);
  }
});

test('a method can be spelled out', () => {
  expect(resolveMethod('head@1e-3x1, scale+head@5e-4x20').phases).toEqual([
    {
      name: 'head',
      trains: ['head-kernel', 'head-bias'],
      learningRate: 1e-3,
      epochs: 1,
      statistics: 'frozen',
    },
    {
      name: 'scale+head',
      trains: ['bn-scale', 'head-kernel', 'head-bias'],
      learningRate: 5e-4,
      epochs: 20,
      statistics: 'frozen',
    },
  ]);
  expect(resolveMethod('all').phases[0].trains).toHaveLength(6);
  expect(resolveMethod('bn+head@2e-4x3/last2/batch0.9').phases).toEqual([
    {
      name: 'bn+head',
      trains: ['bn-scale', 'bn-centre', 'head-kernel', 'head-bias'],
      lastBlocks: 2,
      learningRate: 2e-4,
      epochs: 3,
      statistics: 'batch',
      momentum: 0.9,
    },
  ]);
  expect(resolveMethod('head/batch').phases[0]).not.toHaveProperty('momentum');
  expect(resolveMethod('statistics, head').phases[0]).toMatchObject({ trains: [], momentum: 'cumulative' });
});

test.each([
  '',
  'fcc',
  'head@',
  'head@0',
  'headx0',
  'head+nose',
  'fc-then',
  'head,,bn',
  'bn/last0',
  'bn/batch1',
  'bn/batch0.9.9',
  'toString',
])('refuses %j and lists what there is', (text) => {
  expect(() => resolveMethod(text)).toThrow(TransfuseError);
  expect(() => resolveMethod(text)).toThrow(/fc-then-bn, .*head, scale, centre/);
});
