/**
 * @file Classes that are objects before a backdrop. A row gives the shape, how many there are, how large, and how they
 * lie; here each is coloured, shaded, turned, and joined by a few specks and scratches that mean nothing.
 */

import type { Random } from '../../random.js';
import type { Canvas, Ink, Placement, Plane } from '../canvas.js';
import { type Colour, mix, Palette } from '../colour.js';
import { box, circle, norm } from '../distance.js';
import { drawBackdrop, naturalClouds } from './backdrop.js';
import type { PictureClass } from './picture-class.js';

/** Where objects lie: a list of placements in picture coordinates. */
export type Layout = (random: Random) => Placement[];

export interface ObjectLook {
  readonly layout: Layout;
  /** Widest transition of an edge, in picture sides (default 0.015; nearly sharp). */
  readonly softness?: number;
  /** Whether all objects of a picture share one shape (default true), or `make` is called for each. */
  readonly alike?: boolean;
  /** Whether every object has a colour of its own, near the backdrop's or not (default false). */
  readonly motley?: boolean;
  /** Least and most opacity (default 0.75 to 1). */
  readonly opacity?: readonly [least: number, most: number];
}

/** A class whose pictures show objects of one kind; `make` gives the shape, of about unit radius. */
export function objects(name: string, look: ObjectLook, make: (random: Random) => Plane): PictureClass {
  const [faintest, strongest] = look.opacity ?? [0.75, 1];
  return {
    name,
    draw(canvas, random) {
      const palette = new Palette(random);
      const ground = drawBackdrop(canvas, random, palette, random.between(0, 0.2));
      if (random.chance(0.5)) drawSpecks(canvas, random, palette, ground);
      const inkFor = inks(canvas, random, palette, look.motley ? undefined : ground);
      const opacity = random.between(faintest, strongest);
      const softness = random.chance(0.4) ? random.between(0, look.softness ?? 0.015) : 0;
      const shape = make(random);
      for (const place of look.layout(random)) {
        const own = (look.alike ?? true) ? shape : make(random);
        canvas.stamp(own, place, { ...inkFor(), opacity, softness });
      }
    },
  };
}

/**
 * How the objects of one picture are inked: flat, shaded or grainy; each its own colour, or all alike.
 * @param ground the colour to stand apart from; without it, every object takes any colour
 */
function inks(
  canvas: Canvas,
  random: Random,
  palette: Palette,
  ground: Colour | undefined,
): () => Omit<Ink, 'opacity'> {
  const contrast = random.between(0.2, 0.45);
  const draw = () => (ground ? palette.apart(ground, contrast) : palette.colour());
  const common = ground && random.chance(0.5) ? draw() : undefined;
  const slope = random.angle();
  const grain = random.chance(0.4) ? naturalClouds(canvas.size, random) : undefined;
  const grainDepth = random.between(0.1, 0.35);
  const shading = random.chance(0.6) || grain ? random.between(0.2, 0.8) : 0;
  return () => {
    const from = common ?? draw();
    const to = mix(from, palette.apart(ground ?? from, 0.15), shading);
    return { from, to, slope, grain, grainDepth };
  };
}

/** A few small faint dots and scratches. */
function drawSpecks(canvas: Canvas, random: Random, palette: Palette, ground: Colour): void {
  for (let speck = random.integer(1, 6); speck > 0; speck--) {
    const scratch = random.chance(0.4);
    const radius = scratch ? random.between(0.1, 0.4) : random.between(0.012, 0.035);
    const colour = mix(ground, palette.apart(ground, 0.2), random.between(0.3, 0.8));
    const place = {
      x: random.between(-0.5, 0.5),
      y: random.between(-0.5, 0.5),
      radius,
      angle: random.angle(),
    };
    const shape = scratch ? box(1, 0.01 / radius) : circle;
    canvas.stamp(shape, place, { from: colour, to: colour, slope: 0, opacity: random.between(0.4, 0.9) });
  }
}

/**
 * Objects strewn without regard to anything but one another: centres at least `apart` times the sum of two radii
 * from each other (as far as 12 tries allow). Sizes differ by up to a factor of 1.4 within a picture.
 */
export function strewn(
  count: readonly [number, number],
  radius: readonly [number, number],
  apart = 0.85,
  turn = Math.PI,
): Layout {
  return (random) => {
    const typical = random.scale(radius[0], radius[1]);
    const lean = random.angle();
    const placed: Placement[] = [];
    for (let left = random.integer(count[0], count[1]); left > 0; left--) {
      const own = typical * random.scale(0.84, 1.19);
      const margin = Math.max(0.06, 0.5 - 0.9 * own);
      for (let attempt = 0; attempt < 12; attempt++) {
        const x = random.between(-margin, margin);
        const y = random.between(-margin, margin);
        if (placed.some((p) => norm(p.x - x, p.y - y) < apart * (p.radius + own))) continue;
        placed.push({ x, y, radius: own, angle: lean + random.between(-turn, turn) });
        break;
      }
    }
    return placed;
  };
}

/** Mostly one large object, else two to five smaller ones: for classes that are about shape, not number. */
export function oneOrFew(turn = Math.PI): Layout {
  const one = strewn([1, 1], [0.24, 0.44], 0.85, turn);
  const few = strewn([2, 5], [0.12, 0.2], 0.95, turn);
  return (random) => (random.chance(0.55) ? one(random) : few(random));
}

/** Objects on a lattice of the given angle between its axes (π/2 square, π/3 hexagonal), a little displaced. */
export function lattice(pitch: readonly [number, number], axes: number, fill: number): Layout {
  return (random) => {
    const step = random.scale(pitch[0], pitch[1]);
    const turn = random.angle();
    const displaced = random.between(0, 0.12) * step;
    const radius = fill * step * random.between(0.85, 1.15);
    const placed: Placement[] = [];
    const reach = Math.ceil(0.95 / step / Math.sin(axes));
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j <= reach; j++) {
        const a = step * (i + j * Math.cos(axes));
        const b = step * j * Math.sin(axes);
        const x = a * Math.cos(turn) - b * Math.sin(turn) + displaced * random.normal();
        const y = a * Math.sin(turn) + b * Math.cos(turn) + displaced * random.normal();
        if (Math.max(Math.abs(x), Math.abs(y)) < 0.5 + radius)
          placed.push({ x, y, radius, angle: random.angle() });
      }
    }
    return placed;
  };
}

/** Groups of objects around strewn centres: `members` each, `spread` radii apart. */
export function grouped(
  groups: readonly [number, number],
  members: readonly [number, number],
  radius: readonly [number, number],
  spread: number,
): Layout {
  return (random) => {
    const own = random.scale(radius[0], radius[1]);
    const centres = strewn(groups, [spread * own, spread * own * 1.05])(random);
    return centres.flatMap((centre) =>
      Array.from({ length: random.integer(members[0], members[1]) }, () => ({
        x: centre.x + 0.6 * spread * own * random.normal(),
        y: centre.y + 0.6 * spread * own * random.normal(),
        radius: own * random.scale(0.8, 1.25),
        angle: random.angle(),
      })),
    );
  };
}

/** Objects in rows that touch: chains of `links` along wandering lines. */
export function chained(
  chains: readonly [number, number],
  links: readonly [number, number],
  radius: readonly [number, number],
  wander: number,
): Layout {
  return (random) => {
    const own = random.scale(radius[0], radius[1]);
    const placed: Placement[] = [];
    for (let chain = random.integer(chains[0], chains[1]); chain > 0; chain--) {
      let angle = random.angle();
      const length = random.integer(links[0], links[1]);
      let x = random.between(-0.42, 0.42) - length * own * Math.cos(angle);
      let y = random.between(-0.42, 0.42) - length * own * Math.sin(angle);
      for (let link = 0; link < length; link++) {
        placed.push({ x, y, radius: own, angle });
        angle += wander * random.normal();
        x += 1.9 * own * Math.cos(angle);
        y += 1.9 * own * Math.sin(angle);
      }
    }
    return placed;
  };
}
