import { expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { type methods, resolveMethod } from '../../src/training/methods.js';

test('the published methods have the published phases', () => {
  const brief = (name: keyof typeof methods) =>
    resolveMethod(name).phases.map(({ trains, learningRate, epochs }) => [
      trains.length,
      learningRate,
      epochs,
    ]);
  expect(brief('fc')).toEqual([[2, 1e-3, 100]]);
  expect(brief('fc-then-full')).toEqual([
    [2, 1e-3, 100],
    [6, 1e-5, 500],
  ]);
  expect(brief('fc-then-bn')).toEqual([
    [2, 1e-3, 1],
    [4, 1e-3, 500],
  ]);
  expect(brief('bn-and-fc')).toEqual([[4, 1e-3, 500]]);
  expect(brief('fc-then-bn-lr')).toEqual([
    [2, 1e-3, 100],
    [4, 1e-5, 500],
  ]);
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
});

test.each(['', 'fcc', 'head@', 'head@0', 'headx0', 'head+nose', 'fc-then', 'head,,bn', 'toString'])(
  'refuses %j and lists what there is',
  (text) => {
    expect(() => resolveMethod(text)).toThrow(TransfuseError);
    expect(() => resolveMethod(text)).toThrow(/fc-then-bn, .*head, scale, centre/);
  },
);
