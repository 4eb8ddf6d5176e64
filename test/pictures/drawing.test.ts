/** @file The tools of drawing against what geometry and statistics say they must give. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Canvas, coverage, type Plane, within } from '../../src/pictures/canvas.js';
import { luma, Palette } from '../../src/pictures/colour.js';
import { blur, develop } from '../../src/pictures/develop.js';
import * as shapes from '../../src/pictures/distance.js';
import { Mask } from '../../src/pictures/mask.js';
import {
  cellularNoise,
  cloudField,
  fractalNoise,
  gradientNoise,
  newCellHit,
} from '../../src/pictures/noise.js';
import { Slide } from '../../src/pictures/slide.js';
import { Random } from '../../src/random.js';

const sum = (values: Iterable<number>) => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** A canvas of one colour. */
function plain(size: number, value: number): Canvas {
  const canvas = new Canvas(size);
  canvas.rgb.fill(value);
  return canvas;
}

/** The area a stamped shape covers, in picture areas. */
function stampedArea(shape: Plane, radius: number, angle: number): number {
  const canvas = new Canvas(128);
  canvas.stamp(
    shape,
    { x: 0.03, y: -0.02, radius, angle },
    { from: [1, 1, 1], to: [1, 1, 1], slope: 0, opacity: 1 },
  );
  return sum(canvas.rgb) / canvas.rgb.length;
}

const filled = { from: [1, 1, 1], to: [1, 1, 1], slope: 0, opacity: 1 } as const;

describe('shapes', () => {
  const areas: [string, Plane, number][] = [
    ['circle', shapes.circle, Math.PI],
    ['ellipse', shapes.ellipse(0.5), Math.PI / 2],
    ['box', shapes.box(0.7, 0.4), 4 * 0.7 * 0.4],
    ['triangle', shapes.polygon(3), (3 * Math.sqrt(3)) / 4],
    ['hexagon', shapes.polygon(6), (3 * Math.sqrt(3)) / 2],
    ['star', shapes.star(5, 0.4), 5 * 0.4 * Math.sin(Math.PI / 5)],
    ['ring', shapes.outline(shapes.circle, 0.4), Math.PI * (1 - 0.36)],
    ['pierced', shapes.difference(shapes.circle, shapes.moved(shapes.circle, 0.2, 0, 0.5)), Math.PI * 0.75],
    [
      'halves',
      shapes.union(shapes.moved(shapes.circle, -0.5, 0, 0.4), shapes.moved(shapes.circle, 0.5, 0, 0.4)),
      Math.PI * 0.32,
    ],
  ];
  it.each(areas)('a stamped %s covers its area, whatever its turn', (_name, shape, area) => {
    for (const angle of [0, 0.3, 2]) {
      expect(stampedArea(shape, 0.35, angle) / (area * 0.35 ** 2)).toBeCloseTo(1, 1.6);
    }
  });

  it('distances of circle and box are exact', () => {
    expect(shapes.circle(3, 4)).toBe(4);
    expect(shapes.circle(0, 0)).toBe(-1);
    const box = shapes.box(0.7, 0.4);
    expect(box(1.0, 0.8)).toBeCloseTo(0.5, 12);
    expect(box(0.5, 0)).toBeCloseTo(-0.2, 12);
  });

  it('a segment is nearest at its ends or at the foot of the perpendicular', () => {
    expect(shapes.segmentDistance(0.5, 0.25, 0, 0, 1, 0)).toBeCloseTo(0.25, 6);
    expect(shapes.segmentDistance(-3, 4, 0, 0, 1, 0)).toBeCloseTo(5, 6);
  });

  it('a stamp stays within 1.05 radii and an edge', () => {
    const canvas = new Canvas(64);
    canvas.stamp(shapes.box(3, 3), { x: 0, y: 0, radius: 0.1, angle: 0 }, filled);
    const lit = canvas.rgb.filter((value) => value > 0).length / 3;
    expect(lit).toBeLessThan(18 ** 2);
    expect(lit).toBeGreaterThan(12 ** 2);
  });

  it('an edge covers half where the distance is nothing', () => {
    expect(coverage(0, 0.1)).toBe(0.5);
    expect(coverage(-1, 0.1)).toBe(1);
    expect(coverage(1, 0.1)).toBe(0);
  });

  it('a body within another moves and turns with it', () => {
    const inner = within({ x: 0.1, y: 0.2, radius: 0.5, angle: Math.PI / 2 }, 0.5, 0, 0.2);
    expect(inner.x).toBeCloseTo(0.1, 12);
    expect(inner.y).toBeCloseTo(0.45, 12);
    expect(inner.radius).toBeCloseTo(0.1, 12);
  });
});

describe('masks', () => {
  it('a filled polygon covers its area', () => {
    const mask = new Mask(50);
    mask.fill([-0.31, -0.2, 0.27, -0.2, 0.27, 0.3, -0.31, 0.3]);
    expect(sum(mask.cover) / 2500).toBeCloseTo(0.58 * 0.5, 3);
    expect(Math.max(...mask.cover)).toBeLessThanOrEqual(1 + 1e-6);
  });

  it('a stroke covers its length times its width, ends included', () => {
    const mask = new Mask(128);
    mask.stroke(-0.3, -0.1, 0.3, 0.15, 0.03);
    expect(sum(mask.cover) / 128 ** 2).toBeCloseTo(0.65 * 0.06 + Math.PI * 0.03 ** 2, 3);
  });

  it('points share their ink without loss', () => {
    const mask = new Mask(32);
    mask.point(0.123, -0.234, 2);
    expect(sum(mask.cover)).toBeCloseTo(2, 6);
    mask.point(0.7, 0, 1);
    expect(sum(mask.cover)).toBeCloseTo(2, 6);
  });
});

describe('noise', () => {
  it('gradient noise is continuous, zero on the lattice, of mean 0 and about unit range', () => {
    expect(gradientNoise(3, -7, 99)).toBe(0);
    let [total, most, jump] = [0, 0, 0];
    for (let i = 0; i < 20000; i++) {
      const [x, y] = [i * 0.137, i * 0.0731];
      const value = gradientNoise(x, y, 5);
      total += value;
      most = Math.max(most, Math.abs(value));
      jump = Math.max(jump, Math.abs(gradientNoise(x + 1e-6, y, 5) - value));
    }
    expect(Math.abs(total / 20000)).toBeLessThan(0.02);
    expect(jump).toBeLessThan(1e-4);
    expect(most).toBeGreaterThan(0.6);
    expect(most).toBeLessThan(1.2);
  });

  it('more octaves with more gain vary faster', () => {
    const roughness = (gain: number) =>
      sum(
        Array.from({ length: 3000 }, (_, i) => {
          const falloff = { octaves: 5, gain, lacunarity: 2 };
          return Math.abs(
            fractalNoise(i * 0.61, 0.5, 7, falloff) - fractalNoise(i * 0.61 + 0.03, 0.5, 7, falloff),
          );
        }),
      );
    expect(roughness(0.9)).toBeGreaterThan(1.5 * roughness(0.5));
  });

  it('cellular noise finds the nearest two of all points', () => {
    const hit = newCellHit();
    for (let i = 0; i < 500; i++) {
      const [x, y] = [i * 0.37, i * 0.21];
      cellularNoise(x, y, 3, 0.9, hit);
      expect(hit.nearest).toBeLessThanOrEqual(hit.second);
      expect(shapes.norm(hit.dx, hit.dy)).toBeCloseTo(hit.nearest, 9);
      const found = { ...hit };
      cellularNoise(x - found.dx, y - found.dy, 3, 0.9, hit);
      expect(hit.nearest).toBeCloseTo(0, 9);
      expect(hit.cell).toBe(found.cell);
    }
  });

  it('clouds have mean 0 and deviation 1, and are rougher with more gain', () => {
    const steps = (gain: number) => {
      const field = cloudField(64, new Random(4), 2, gain);
      expect(sum(field) / field.length).toBeCloseTo(0, 4);
      expect(sum(field.map((value) => value * value)) / field.length).toBeCloseTo(1, 4);
      return sum(field.map((value, i) => (i % 64 === 63 ? 0 : Math.abs(field[i + 1] - value))));
    };
    expect(steps(0.8)).toBeGreaterThan(1.5 * steps(0.4));
  });
});

describe('palettes', () => {
  it('give colours as far apart in luma as asked, within [0, 1]', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.05, max: 0.45, noNaN: true }), (seed, least) => {
        const palette = new Palette(new Random(seed));
        const one = palette.colour();
        const other = palette.apart(one, least);
        for (const channel of other) expect(channel >= -1e-9 && channel <= 1 + 1e-9).toBe(true);
        expect(Math.abs(luma(other) - luma(one))).toBeGreaterThanOrEqual(least - 1e-9);
      }),
    );
  });
});

describe('development', () => {
  const still = {
    fall: 0,
    fallAngle: 0,
    vignette: 0,
    contrast: 1,
    brightness: 0,
    blur: 0,
    grain: 0,
    greyGrain: false,
    grey: false,
  };

  it('without any effect rounds to bytes and clips', () => {
    const canvas = new Canvas(32);
    canvas.rgb.set([0, 0.5, 1, -0.2, 1.7, 100.4 / 255]);
    expect([...develop(canvas, still, new Random(1)).subarray(0, 6)]).toEqual([0, 128, 255, 0, 255, 100]);
  });

  it('grain has the deviation asked for, in each channel its own or in all the same', () => {
    for (const greyGrain of [false, true]) {
      const bytes = develop(plain(96, 0.5), { ...still, grain: 0.04, greyGrain }, new Random(2));
      const squares = Array.from(bytes, (value) => (value - 127.5) ** 2);
      const deviation = Math.sqrt(sum(squares) / bytes.length);
      expect(deviation).toBeGreaterThan(0.038 * 255);
      expect(deviation).toBeLessThan(0.042 * 255);
      const alike = Array.from({ length: 96 * 96 }, (_, i) => bytes[3 * i] === bytes[3 * i + 1]);
      expect(alike.every(Boolean)).toBe(greyGrain);
    }
  });

  it('grey makes the three channels the same', () => {
    const canvas = new Canvas(32);
    canvas.rgb.forEach((_, i, rgb) => {
      rgb[i] = (i % 97) / 97;
    });
    const bytes = develop(canvas, { ...still, grey: true }, new Random(1));
    for (let p = 0; p < bytes.length; p += 3)
      expect(bytes[p] === bytes[p + 1] && bytes[p] === bytes[p + 2]).toBe(true);
  });

  it('blur keeps the sum and has the variance asked for', () => {
    for (const deviation of [0.4, 0.9, 1.6]) {
      const canvas = new Canvas(33);
      canvas.rgb[3 * (16 * 33 + 16)] = 1;
      blur(canvas, deviation);
      const red = Array.from({ length: 33 * 33 }, (_, i) => canvas.rgb[3 * i]);
      expect(sum(red)).toBeCloseTo(1, 5);
      expect(sum(red.map((value, i) => value * ((i % 33) - 16) ** 2))).toBeCloseTo(deviation ** 2, 4);
      expect(sum(red.map((value, i) => value * (Math.floor(i / 33) - 16) ** 2))).toBeCloseTo(
        deviation ** 2,
        4,
      );
    }
  });

  it('light falls along its angle', () => {
    const bytes = develop(plain(32, 0.5), { ...still, fall: 0.4 }, new Random(1));
    const [left, right] = [bytes[3 * (16 * 32)], bytes[3 * (16 * 32 + 31)]];
    expect(left / 127.5).toBeCloseTo(0.806, 1);
    expect(right / 127.5).toBeCloseTo(1.194, 1);
  });
});

describe('slides', () => {
  it('let light through as Beer and Lambert say', () => {
    const slide = new Slide(32);
    slide.dyes[0].fill(2);
    slide.dyes[1].fill(0.5);
    const canvas = new Canvas(32);
    slide.view(
      {
        light: [1, 0.9, 0.8],
        dyes: [
          [0.9, 0.5, 0.6],
          [0.3, 0.2, 0.7],
        ],
      },
      canvas,
    );
    expect(canvas.rgb[0]).toBeCloseTo(0.9 ** 2 * Math.sqrt(0.3), 5);
    expect(canvas.rgb[1]).toBeCloseTo(0.9 * 0.5 ** 2 * Math.sqrt(0.2), 5);
    expect(canvas.rgb[2]).toBeCloseTo(0.8 * 0.6 ** 2 * Math.sqrt(0.7), 5);
  });
});
