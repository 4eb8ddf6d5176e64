/**
 * @file The bodies on a blood smear, as amounts of two dyes: dye 0 is eosin (pink), dye 1 azure (purple-blue).
 * Red cells are discs hollowed on both sides; parasites are given as they look after Giemsa's stain.
 */
import type { Random } from '../random.js';
import { coverage, type Placement, type Plane, within } from './canvas.js';
import { circle, moved, norm, outline, union, wavering } from './distance.js';
import { gradientNoise } from './noise.js';
import type { Slide } from './slide.js';

const EOSIN = 0;
const AZURE = 1;

/** An edge about a pixel and a half wide, in radii of a placement. */
const edgeOf = (slide: Slide, place: Placement) => 1.5 / (slide.size * place.radius);

/** Adds an even amount of a dye inside a shape. */
function dye(slide: Slide, which: 0 | 1, place: Placement, shape: Plane, amount: number): void {
  const edge = edgeOf(slide, place);
  slide.add(which, place, 1.3, (x, y) => amount * coverage(shape(x, y), edge));
}

/** A red cell: round or nearly, thick rim, pale centre; now and then a target or hardly hollow at all. */
export function drawRedCell(slide: Slide, place: Placement, random: Random): void {
  const shape = wavering(random, random.chance(0.15) ? 0.2 : 0.07);
  const strength = random.between(0.8, 1.2);
  const pallor = random.chance(0.15) ? random.between(0, 0.25) : random.between(0.35, 0.75);
  const width = random.between(0.35, 0.6);
  const hump = random.chance(0.07) ? 0.7 : 0;
  const edge = edgeOf(slide, place);
  const [leanX, leanY] = [random.between(-0.12, 0.12), random.between(-0.12, 0.12)];
  slide.add(EOSIN, place, 1.2, (x, y) => {
    const cover = coverage(shape(x, y), edge);
    if (cover === 0) return 0;
    const square = ((x - leanX) ** 2 + (y - leanY) ** 2) / (width * width);
    const thickness = 1 - pallor * Math.exp(-square) + hump * Math.exp(-4 * square);
    return strength * thickness * cover;
  });
}

/** A white cell: a pale body, and a nucleus of one to four lobes, mottled; sometimes granules. */
export function drawWhiteCell(slide: Slide, place: Placement, random: Random): void {
  const body = wavering(random, 0.1);
  dye(slide, EOSIN, place, body, random.between(0.15, 0.5));
  dye(slide, AZURE, place, body, random.between(0.05, 0.25));
  const lobes = random.integer(1, 4);
  const bend = random.between(0.5, 1.1);
  const turn = random.angle();
  const size = lobes === 1 ? random.between(0.55, 0.82) : random.between(0.32, 0.42);
  const nucleus = union(
    ...Array.from({ length: lobes }, (_, i) => {
      const angle = turn + bend * (i - (lobes - 1) / 2) * 1.3;
      const away = lobes === 1 ? 0.12 : 0.42;
      return moved(wavering(random, 0.2), away * Math.cos(angle), away * Math.sin(angle), size);
    }),
  );
  const seed = random.word();
  const edge = edgeOf(slide, place);
  slide.add(AZURE, place, 1.2, (x, y) => {
    const cover = coverage(nucleus(x, y), edge);
    return cover === 0 ? 0 : cover * (0.95 + 0.3 * gradientNoise(4 * x, 4 * y, seed));
  });
  if (!random.chance(0.35)) return;
  const granules = random.chance(0.5) ? EOSIN : AZURE;
  for (let granule = random.integer(12, 30); granule > 0; granule--) {
    const at = within(place, 0.85 * Math.sqrt(random.unit()), random.angle(), random.between(0.05, 0.09));
    dye(slide, granules, at, circle, random.between(0.3, 0.7));
  }
}

/** A platelet: small, ragged, purple and granular; some clear in the middle or with a dark grain, like a ring form. */
export function drawPlatelet(slide: Slide, place: Placement, random: Random): void {
  const shape = wavering(random, 0.3);
  const clear = random.chance(0.35) ? random.between(0.5, 0.8) : 0;
  const strength = random.between(0.4, 0.9);
  const seed = random.word();
  const edge = edgeOf(slide, place);
  slide.add(AZURE, place, 1.3, (x, y) => {
    const cover = coverage(shape(x, y), edge);
    if (cover === 0) return 0;
    const body = 1 - clear * Math.exp(-5 * (x * x + y * y)) + 0.4 * gradientNoise(2.5 * x, 2.5 * y, seed);
    return strength * cover * body;
  });
  if (clear > 0 && random.chance(0.6)) {
    dye(slide, AZURE, within(place, 0.75, random.angle(), 0.38), circle, random.between(0.4, 0.8));
  }
  if (random.chance(0.3)) dye(slide, EOSIN, place, moved(circle, 0, 0, 1.25), 0.25);
}

/** A speck of precipitated stain: tiny, dark, sharp. */
export function drawSpeck(slide: Slide, place: Placement, random: Random): void {
  dye(slide, AZURE, place, wavering(random, 0.3), random.between(0.3, 1));
}

/** A solid round dot of nuclear stain left in a red cell; `cell` is the red cell. */
export function drawInclusion(slide: Slide, cell: Placement, random: Random): void {
  const at = within(cell, random.between(0.1, 0.6), random.angle(), random.between(0.12, 0.2));
  const strength = random.between(0.5, 1.1);
  dye(slide, AZURE, at, circle, strength);
  dye(slide, EOSIN, at, circle, 0.5 * strength);
}

/**
 * A malaria parasite inside a red cell: a ring with one chromatin dot on it (two of three), with two, or a ragged
 * older form with a vacuole and a grain of pigment. It stays within the red cell's outline.
 * @param cell the red cell
 * @param diameter of the ring over the red cell's
 * @param strength of its stain, 1 as dark as a nucleus
 */
export function drawParasite(
  slide: Slide,
  cell: Placement,
  diameter: number,
  strength: number,
  random: Random,
): void {
  const form = random.unit();
  const size = diameter * random.between(0.9, 1.15) * (form < 0.8 ? 1 : 1.3);
  const place = within(cell, random.between(0.1, 0.85 - size), random.angle(), size);
  const turn = random.angle();
  if (form < 0.8) {
    const body = outline(wavering(random, 0.15), random.between(0.28, 0.4));
    dye(slide, AZURE, place, body, 0.6 * strength);
    dye(slide, AZURE, place, moved(circle, 0, 0, 0.9), 0.1 * strength);
  } else {
    const body = wavering(random, 0.45);
    const vacuole = moved(circle, 0.25 * Math.cos(turn), 0.25 * Math.sin(turn), random.between(0.25, 0.4));
    dye(slide, AZURE, place, (x, y) => Math.max(body(x, y), -vacuole(x, y)), 0.5 * strength);
    const pigment = within(place, random.between(0.2, 0.6), random.angle(), 0.16);
    dye(slide, EOSIN, pigment, circle, 1.2 * strength);
  }
  const dots = form < 0.68 || form >= 0.8 ? [0] : [-0.45, 0.45];
  for (const shift of dots) {
    const dot = within(place, 0.85, turn + Math.PI + shift, random.between(0.3, 0.4));
    dye(slide, AZURE, dot, circle, 0.9 * strength);
    dye(slide, EOSIN, dot, circle, 0.5 * strength);
  }
}

/** Whether a body of the given radius at (x, y) keeps `gap` times its radius clear of all others. */
export function isClear(
  x: number,
  y: number,
  radius: number,
  others: readonly Placement[],
  gap: number,
): boolean {
  return others.every((other) => norm(other.x - x, other.y - y) > other.radius + gap * radius);
}
