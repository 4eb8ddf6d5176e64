/**
 * @file Cell-like blobs in stains of any colour, by transmitted light or glowing: told apart by outline, thickness,
 * nucleus and what else lies inside, and by how they keep company.
 */

import type { Random } from '../../random.js';
import { coverage, type Placement, type Plane, within } from '../canvas.js';
import { type Colour, Palette } from '../colour.js';
import { box, circle, ellipse, moved, norm, outline, radial, union, wavering } from '../distance.js';
import { Slide } from '../slide.js';
import { naturalClouds } from './backdrop.js';
import { chained, grouped, type Layout, oneOrFew, strewn } from './objects.js';
import type { PictureClass } from './picture-class.js';

/** Amount of body dye by the distance to the edge (negative inside, in radii). */
type Thickness = (random: Random) => (distance: number) => number;

/** Something inside a cell, drawn on the slide in the cell's own coordinates. */
type Part = (slide: Slide, place: Placement, random: Random) => void;

interface Anatomy {
  readonly layout?: Layout;
  readonly body?: (random: Random) => Plane;
  readonly thickness?: Thickness;
  readonly parts?: readonly Part[];
}

/** A nearly round outline. */
const round = (random: Random): Plane => wavering(random, 0.06);

const even: Thickness = (random) => {
  const dome = random.between(0, 0.5);
  return (distance) => 1 - dome * Math.exp(4 * distance);
};

/** Thin in the middle, as a disc hollowed on both sides. */
const hollow: Thickness = (random) => {
  const [depth, width] = [random.between(0.6, 0.9), random.between(0.3, 0.45)];
  return (distance) => 1 - depth * Math.exp(-(((1 + distance) / width) ** 2));
};

/** Hollow, with a hump in the hollow's middle. */
const target: Thickness = (random) => {
  const width = random.between(0.17, 0.24);
  return (distance) => 1 - 0.85 * Math.exp(-(((distance + 0.5) / width) ** 2));
};

/** Nothing but a skin. */
const skin: Thickness = (random) => {
  const width = random.between(0.09, 0.16);
  return (distance) => 0.2 + 1.1 * Math.exp(-((distance / width) ** 2));
};

/** Adds dye 1 inside a shape (in cell coordinates), or takes away dye 0 where `amount` is negative. */
function fill(slide: Slide, place: Placement, shape: Plane, amount: number): void {
  const width = 1.2 / (slide.size * place.radius);
  const dye = slide.dyes[amount < 0 ? 0 : 1];
  slide.over(place, 1.1, (pixel, x, y) => {
    const cover = coverage(shape(x, y), width);
    if (cover > 0)
      dye[pixel] = amount < 0 ? dye[pixel] * (1 + amount * cover) : Math.max(dye[pixel], amount * cover);
  });
}

/** A nucleus of the given shape, radius and distance from the cell's centre. */
const nucleus =
  (
    radius: readonly [number, number],
    away: readonly [number, number],
    shape: (random: Random) => Plane = round,
  ): Part =>
  (slide, place, random) => {
    const inside = within(
      place,
      random.between(away[0], away[1]),
      random.angle(),
      random.between(radius[0], radius[1]),
      random.angle(),
    );
    fill(slide, inside, shape(random), random.between(0.8, 1.1));
  };

/** Lobes strung on an arc. */
const lobed =
  (lobes: number) =>
  (random: Random): Plane => {
    const bend = random.between(0.5, 0.8) * random.sign();
    return union(
      ...Array.from({ length: lobes }, (_, i) => {
        const t = (i - (lobes - 1) / 2) * (2 / lobes);
        return moved(
          wavering(random, 0.2),
          1.05 * t,
          bend * (t * t - 0.3),
          (lobes === 2 ? 0.62 : 1.25 / lobes) * random.between(0.9, 1.1),
        );
      }),
    );
  };

const kidney = (random: Random): Plane => {
  const dent = random.between(0.35, 0.5);
  return (x, y) => Math.max(ellipse(0.78)(x, y), 0.42 - norm(x, y - 1.15 + dent));
};

/** `count` small shapes anywhere in the cell. */
const strewnParts =
  (
    count: readonly [number, number],
    radius: readonly [number, number],
    amount: number,
    shape: (random: Random) => Plane = () => circle,
  ): Part =>
  (slide, place, random) => {
    for (let part = random.integer(count[0], count[1]); part > 0; part--) {
      const distance = 0.72 * Math.sqrt(random.unit());
      const own = random.between(radius[0], radius[1]);
      fill(slide, within(place, distance, random.angle(), own, random.angle()), shape(random), amount);
    }
  };

/** Dark spots within a nucleus. */
const nucleoli: Part = (slide, place, random) => {
  fill(slide, within(place, 0, 0, 0.55, 0), round(random), 0.45);
  fill(
    slide,
    within(place, random.between(0.05, 0.25), random.angle(), random.between(0.14, 0.2), 0),
    circle,
    1.2,
  );
};

const spiked = (random: Random): Plane => {
  const [spikes, height, turn] = [random.integer(8, 13), random.between(0.12, 0.2), random.angle()];
  return radial((angle) => 0.75 + height * Math.abs(Math.cos(0.5 * spikes * angle + turn)) ** 3);
};

const ragged = (random: Random): Plane => {
  const waves = [2, 3, 4, 5, 6].map((k) => ({
    k,
    height: (0.34 * random.unit()) / Math.sqrt(k),
    at: random.angle(),
  }));
  return radial(
    (angle) => 0.68 + waves.reduce((sum, { k, height, at }) => sum + height * Math.cos(k * angle + at), 0),
  );
};

const sickle = (random: Random): Plane => {
  const bow = random.between(0.35, 0.6);
  const thin = ellipse(random.between(0.22, 0.3));
  return (x, y) => thin(x, y - bow * (x * x - 0.4)) * 0.8;
};

const gland: Layout = (random) =>
  strewn(
    [1, 2],
    [0.24, 0.36],
    1,
  )(random).flatMap(({ x, y, radius }) => {
    const cells = random.integer(11, 15);
    return Array.from({ length: cells }, (_, i): Placement => {
      const angle = (2 * Math.PI * (i + 0.2 * random.unit())) / cells;
      const out = radius * random.between(0.92, 1.05);
      return { x: x + out * Math.cos(angle), y: y + out * Math.sin(angle), radius: radius * 0.26, angle };
    });
  });

/** One class of blobs: cells of one anatomy, the odd speck between them, in one picture's stain. */
function blob(name: string, anatomy: Anatomy): PictureClass {
  const { layout = oneOrFew(), body = round, thickness = even, parts = [] } = anatomy;
  return {
    name: `blob-${name}`,
    draw(canvas, random) {
      const slide = new Slide(canvas.size);
      const haze = naturalClouds(canvas.size, random);
      const depth = random.between(0, 0.12);
      slide.dyes[0].forEach((_, i, dye) => {
        dye[i] = Math.max(0, depth * (1 + haze[i]));
      });
      const thicknessAt = thickness(random);
      const strength = random.between(0.6, 1);
      for (const place of layout(random)) {
        const shape = body(random);
        const width = 1.4 / (canvas.size * place.radius);
        const own = strength * random.between(0.85, 1.15);
        slide.add(0, place, 1.1, (x, y) => {
          const distance = shape(x, y);
          return distance > width ? 0 : own * thicknessAt(distance) * coverage(distance, width);
        });
        for (const part of parts) part(slide, place, random);
      }
      for (let speck = random.integer(0, 4); speck > 0; speck--) {
        const place = {
          x: random.between(-0.5, 0.5),
          y: random.between(-0.5, 0.5),
          radius: random.between(0.012, 0.03),
          angle: 0,
        };
        fill(slide, place, circle, random.between(0.3, 0.8));
      }
      slide.view(anyStain(random), canvas);
      if (random.chance(0.3)) for (let i = 0; i < canvas.rgb.length; i++) canvas.rgb[i] = 1 - canvas.rgb[i];
    },
  };
}

/** Pale light, a middling body dye and a dark nuclear one, of any hues. */
function anyStain(random: Random) {
  const palette = new Palette(random);
  const clip = (colour: Colour): Colour => [
    Math.max(0.04, colour[0]),
    Math.max(0.04, colour[1]),
    Math.max(0.04, colour[2]),
  ];
  const light = palette.withLuma(random.between(0.75, 0.98));
  const bodyDye = clip(palette.withLuma(random.between(0.3, 0.65)));
  const nuclearDye = clip(palette.withLuma(random.between(0.08, 0.3)));
  return { light, dyes: [bodyDye, nuclearDye] as const };
}

const crowd = strewn([24, 36], [0.065, 0.085], 0.95);

export const blobClasses: readonly PictureClass[] = [
  blob('hollow', { thickness: hollow }),
  blob('target', { thickness: target }),
  blob('skin', { thickness: skin }),
  blob('nucleus', { parts: [nucleus([0.36, 0.5], [0, 0.1])] }),
  blob('nucleus-aside', { parts: [nucleus([0.36, 0.48], [0.34, 0.42])] }),
  blob('nucleus-large', { parts: [nucleus([0.74, 0.84], [0, 0.06])] }),
  blob('nucleus-kidney', { parts: [nucleus([0.58, 0.7], [0, 0.12], kidney)] }),
  blob('nucleus-2-lobes', { parts: [nucleus([0.48, 0.56], [0, 0.1], lobed(2))] }),
  blob('nucleus-4-lobes', { parts: [nucleus([0.58, 0.66], [0, 0.1], lobed(4))] }),
  blob('nucleolus', { parts: [nucleoli] }),
  blob('dividing', { parts: [nucleus([0.55, 0.7], [0, 0.08], () => box(1, 0.22, 0.1))] }),
  blob('granules-fine', { parts: [strewnParts([22, 36], [0.045, 0.06], 0.7)] }),
  blob('granules-coarse', { parts: [strewnParts([14, 22], [0.11, 0.15], 0.9)] }),
  blob('granules-and-nucleus', {
    parts: [nucleus([0.4, 0.5], [0.2, 0.35]), strewnParts([16, 24], [0.055, 0.08], 0.6)],
  }),
  blob('vacuoles', { parts: [strewnParts([4, 9], [0.12, 0.22], -0.85)] }),
  blob('dot', { parts: [strewnParts([1, 1], [0.12, 0.17], 1)] }),
  blob('ring', { parts: [strewnParts([1, 1], [0.26, 0.36], 0.9, () => outline(circle, 0.35))] }),
  blob('rods', { parts: [strewnParts([3, 6], [0.16, 0.22], 0.9, () => box(1, 0.28, 0.2))] }),
  blob('cap', {
    parts: [
      (slide, place, random) => {
        const level = random.between(0.1, 0.4);
        fill(slide, place, (x, y) => Math.max(circle(x, y) + 0.12, level - x), 0.8);
      },
    ],
  }),
  blob('long', { body: (random) => box(0.95, random.between(0.3, 0.42), 0.3) }),
  blob('sickle', { body: sickle }),
  blob('spiked', { body: spiked }),
  blob('ragged', { body: ragged }),
  blob('clumped', { layout: grouped([1, 3], [4, 8], [0.09, 0.13], 1.9), thickness: hollow }),
  blob('stacked', {
    layout: (random) =>
      chained([2, 3], [5, 9], [0.07, 0.09], 0.15)(random).map((p) => ({ ...p, radius: 1.5 * p.radius })),
    body: () => ellipse(0.75),
  }),
  blob('crowd', { layout: crowd }),
  blob('crowd-hollow', { layout: crowd, thickness: hollow }),
  blob('crowd-nuclei', {
    layout: strewn([18, 26], [0.085, 0.105], 0.95),
    parts: [nucleus([0.4, 0.55], [0, 0.2])],
  }),
  blob('spindles', {
    layout: (random) => {
      const lean = random.angle();
      return strewn(
        [16, 26],
        [0.08, 0.11],
        0.75,
      )(random).map((place) => ({ ...place, angle: lean + 0.25 * random.normal() }));
    },
    thickness: () => () => 0,
    parts: [(slide, place) => fill(slide, place, ellipse(0.3), 0.9)],
  }),
  blob('gland', { layout: gland, parts: [nucleus([0.6, 0.75], [0, 0.15])] }),
];
