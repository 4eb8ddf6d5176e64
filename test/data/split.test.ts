import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignSplits, type Splittable } from '../../src/data/split.js';

const names = ['train', 'validation', 'test'] as const;
const fractions = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([a, b]) => (a + b > 1 ? { validation: 1 - a, test: 1 - b } : { validation: a, test: b }))
  .filter(({ validation, test }) => validation + test <= 1);
const seed = fc.integer();
const CLASSES = 4;
const label = fc.integer({ min: 0, max: CLASSES - 1 });
const items = fc.array(
  label.map((index): Splittable => ({ labels: [index] })),
  { maxLength: 200 },
);
const grouped = fc.array(
  fc.record({
    group: fc.option(fc.constantFrom(...'abcdefghijkl'), { nil: undefined }),
    labels: fc.uniqueArray(label),
  }),
  { maxLength: 120 },
);

describe('splits', () => {
  test('hold each class within one of its share', () => {
    fc.assert(
      fc.property(items, fractions, seed, (items, { validation, test: testing }, seed) => {
        const splits = assignSplits(items, { validation, test: testing }, CLASSES, seed);
        const shares = [1 - validation - testing, validation, testing];
        for (let k = 0; k < CLASSES; k++) {
          const ofClass = splits.filter((_, i) => items[i].labels[0] === k);
          names.forEach((name, s) => {
            const n = ofClass.filter((split) => split === name).length;
            expect(Math.abs(n - shares[s] * ofClass.length)).toBeLessThan(1 + 1e-6);
          });
        }
      }),
    );
  });

  test('never divide a group, and place every item', () => {
    fc.assert(
      fc.property(grouped, fractions, seed, (items, fractions, seed) => {
        const splits = assignSplits(items, fractions, CLASSES, seed);
        expect(splits.length).toBe(items.length);
        const home = new Map<string, string>();
        items.forEach(({ group }, i) => {
          expect(names).toContain(splits[i]);
          if (group === undefined) return;
          expect(home.get(group) ?? splits[i]).toBe(splits[i]);
          home.set(group, splits[i]);
        });
      }),
    );
  });

  test('are the same for the same seed, and leave out what has no share', () => {
    fc.assert(
      fc.property(grouped, fractions, seed, (items, { validation }, seed) => {
        const fractions = { validation, test: 0 };
        const splits = assignSplits(items, fractions, CLASSES, seed);
        expect(assignSplits(items, fractions, CLASSES, seed)).toEqual(splits);
        expect(splits).not.toContain('test');
      }),
    );
  });

  test('differ from seed to seed', () => {
    const items = Array.from({ length: 60 }, (_, i) => ({ labels: [i % 2] }));
    const of = (seed: number) => assignSplits(items, { validation: 0.2, test: 0.2 }, 2, seed).join();
    expect(new Set([0, 1, 2, 3, 4].map(of)).size).toBe(5);
  });

  test('of everything put everything there', () => {
    const items = Array.from({ length: 10 }, () => ({ labels: [0] }));
    expect(new Set(assignSplits(items, { validation: 0, test: 1 }, 1, 0))).toEqual(new Set(['test']));
    expect(new Set(assignSplits(items, { validation: 0.3, test: 0.7 }, 1, 0))).toEqual(
      new Set(['validation', 'test']),
    );
  });

  test('spread several labels per item: each within a few of its share, the rare ones too', () => {
    const items = Array.from({ length: 600 }, (_, i) => ({
      labels: [0, 1, 2].filter((k) => (i * 7919) % [2, 5, 40][k] === 0),
    }));
    const splits = assignSplits(items, { validation: 0.2, test: 0.2 }, 3, 1);
    for (const k of [0, 1, 2]) {
      const having = splits.filter((_, i) => items[i].labels.includes(k));
      for (const name of ['validation', 'test'] as const) {
        const n = having.filter((split) => split === name).length;
        expect(Math.abs(n - 0.2 * having.length)).toBeLessThanOrEqual(2);
      }
    }
  });

  test('balance patients of very different sizes', () => {
    // 120 patients with 1 to 40 images; every third has the disease.
    const items = Array.from({ length: 120 }, (_, p) =>
      Array.from({ length: 1 + ((p * 37) % 40) }, () => ({ group: `p${p}`, labels: [p % 3 === 0 ? 1 : 0] })),
    ).flat();
    const splits = assignSplits(items, { validation: 0.15, test: 0.15 }, 2, 3);
    for (const name of ['validation', 'test'] as const) {
      const here = items.filter((_, i) => splits[i] === name);
      expect(here.length / items.length).toBeCloseTo(0.15, 2);
      const share = (some: typeof items) => some.filter(({ labels }) => labels[0] === 1).length / some.length;
      expect(Math.abs(share(here) - share(items))).toBeLessThan(0.02);
    }
  });
});
