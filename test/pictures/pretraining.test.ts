/** @file The pre-training set: every class draws, at every size, the same for the same seed, and never the same picture twice. */
import { describe, expect, it } from 'vitest';
import { Canvas } from '../../src/pictures/canvas.js';
import { classes, drawPretrainingPicture, pretrainingClasses } from '../../src/pictures/textures/classes.js';
import { Random } from '../../src/random.js';

/** Mean and standard deviation of a picture's grey values, 0 to 255. */
function greyStatistics(bytes: Uint8Array) {
  let sum = 0;
  let squares = 0;
  for (let p = 0; p < bytes.length; p += 3) {
    const grey = (bytes[p] + bytes[p + 1] + bytes[p + 2]) / 3;
    sum += grey;
    squares += grey * grey;
  }
  const mean = sum / (bytes.length / 3);
  return { mean, deviation: Math.sqrt(squares / (bytes.length / 3) - mean * mean) };
}

function meanAbsoluteDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

describe('the list of classes', () => {
  it('has a hundred classes or more, each with a name of its own', () => {
    expect(pretrainingClasses.length).toBeGreaterThanOrEqual(100);
    expect(new Set(pretrainingClasses).size).toBe(pretrainingClasses.length);
    for (const name of pretrainingClasses) expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
  });

  it('has no class beyond its end', () => {
    expect(() => drawPretrainingPicture(pretrainingClasses.length, 1, 32)).toThrow('internal:');
  });
});

describe.each([32, 64, 96])('pictures of %i × %i', (size) => {
  it('are neither flat nor black nor white', () => {
    for (const [index, name] of pretrainingClasses.entries()) {
      const bytes = drawPretrainingPicture(index, 11, size);
      expect(bytes.length, name).toBe(size * size * 3);
      const { mean, deviation } = greyStatistics(bytes);
      expect(mean, name).toBeGreaterThan(8);
      expect(mean, name).toBeLessThan(247);
      expect(deviation, name).toBeGreaterThan(2);
    }
  });
});

it('every class covers the whole canvas with finite colours', () => {
  for (const [index, { name, draw }] of classes.entries()) {
    const canvas = new Canvas(48);
    canvas.rgb.fill(Number.NaN);
    draw(canvas, new Random(12, index));
    expect(canvas.rgb.every(Number.isFinite), name).toBe(true);
  }
});

describe('a seed', () => {
  it('gives the same picture, bit for bit', () => {
    for (let index = 0; index < classes.length; index++) {
      const [one, again] = [drawPretrainingPicture(index, 5, 32), drawPretrainingPicture(index, 5, 32)];
      expect(Buffer.compare(one, again), classes[index].name).toBe(0);
    }
  });

  it('gives another picture of the class than any other seed, neighbours and those beyond 32 bits included', () => {
    for (let index = 0; index < classes.length; index++) {
      const one = drawPretrainingPicture(index, 5, 32);
      for (const seed of [6, 5 + 2 ** 32]) {
        const difference = meanAbsoluteDifference(one, drawPretrainingPicture(index, seed, 32));
        expect(difference, classes[index].name).toBeGreaterThan(3);
      }
    }
  });
});

it('does not give its class away by colour: classes differ in mean colour no more than chance has them', () => {
  const perClass = 8;
  const channels = classes.map((_, index) =>
    Array.from({ length: perClass }, (__, seed) => {
      const bytes = drawPretrainingPicture(index, 100 + seed, 32);
      const sums = [0, 0, 0];
      for (let p = 0; p < bytes.length; p++) sums[p % 3] += bytes[p];
      return sums.map((sum) => sum / (bytes.length / 3));
    }),
  );
  for (const channel of [0, 1, 2]) {
    const values = channels.map((pictures) => pictures.map((means) => means[channel]));
    const classMeans = values.map((own) => own.reduce((a, b) => a + b) / perClass);
    const grand = classMeans.reduce((a, b) => a + b) / classMeans.length;
    const within = values
      .flatMap((own, c) => own.map((value) => (value - classMeans[c]) ** 2))
      .reduce((a, b) => a + b);
    const between = perClass * classMeans.reduce((sum, mean) => sum + (mean - grand) ** 2, 0);
    // The share of the variance that the class explains; 1 / perClass is what chance alone would give.
    expect(between / (between + within)).toBeLessThan(1.6 / perClass);
  }
});
