import { expect, test } from 'vitest';
import { methodsText, phaseText } from '../../src/cli/methods-text.js';
import { methods, resolveMethod } from '../../src/training/methods.js';

test('every method stands in the list, with what it is', () => {
  const text = methodsText();
  for (const [name, { summary }] of Object.entries(methods)) {
    expect(text).toMatch(new RegExp(`^ {2}${name} +${summary.replace(/[()]/g, '\\$&')}$`, 'm'));
  }
});

const unwrapped = (name: string): string => methodsText(name).replace(/\n {5}/g, ' ');

test('no line is wider than a terminal’s usual screen', () => {
  const lines = Object.keys(methods).flatMap((name) => methodsText(name).split('\n'));
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(112);
});

test('a method that is named is explained phase by phase', () => {
  const text = unwrapped('rnd-bn-and-fc-bma');
  expect(text).toContain('random weights, drawn by --seed');
  expect(text).toContain(
    '1. bn: bn-scale, bn-centre, head-kernel, head-bias at 0.001, at most 500 epochs, normalised by each batch’s statistics, whose moving averages are stored, momentum 0.99',
  );
  const gradual = unwrapped('gradual');
  expect(gradual).toContain(
    '2. last1: bn-scale, bn-centre in the last block, and the head at 0.001, one epoch',
  );
  expect(gradual).toContain('3. last2: bn-scale, bn-centre in the last 2 blocks, and the head');
  expect(unwrapped('adabn')).toContain(
    '1. statistics: nothing trains, one epoch, the stored statistics become those of the training images',
  );
  expect(unwrapped('head@1e-3x2')).toContain('1. head: head-kernel, head-bias at 0.001, at most 2 epochs');
});

test('an unknown one is refused with the names of all', () => {
  expect(() => methodsText('fc-bna')).toThrow(/fc-bna; it must be one of fc, .*fc-bma/);
});

test('where parameters are counted, they are said', () => {
  const [phase] = resolveMethod('fc').phases;
  expect(phaseText(phase!, 1281)).toBe(
    'head: 1,281 parameters (head-kernel, head-bias) at 0.001, at most 100 epochs, normalised by the stored statistics',
  );
});
