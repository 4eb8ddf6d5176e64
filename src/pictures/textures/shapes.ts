/** @file Shapes, told apart by outline, hole and number. Every one at any size, place, turn and shade. */

import type { Random } from '../../random.js';
import type { Plane } from '../canvas.js';
import {
  box,
  circle,
  difference,
  ellipse,
  intersection,
  moved,
  norm,
  outline,
  polygon,
  radial,
  star,
  union,
} from '../distance.js';
import { type ObjectLook, objects, oneOrFew, strewn } from './objects.js';
import type { PictureClass } from './picture-class.js';

/** A class about one shape. */
const shape = (name: string, make: (random: Random) => Plane, look: Partial<ObjectLook> = {}): PictureClass =>
  objects(`shape-${name}`, { layout: oneOrFew(), ...look }, make);

const plus = (random: Random) => {
  const arm = random.between(0.2, 0.32);
  return union(box(0.95, arm), box(arm, 0.95));
};

const crescent = (random: Random) => {
  const bite = random.between(0.35, 0.55);
  return difference(circle, moved(circle, bite, 0, 0.85));
};

/** A wheel of teeth. */
const gear = (random: Random) => {
  const teeth = random.integer(8, 12);
  const depth = random.between(0.09, 0.13);
  return radial((angle) => 0.86 + depth * Math.max(-1, Math.min(1, 2.5 * Math.cos(teeth * angle))));
};

/** Round lobes around a centre: a clover, a flower. */
const lobes = (count: number) => (random: Random) => {
  const depth = random.between(0.2, 0.28);
  return radial((angle) => 0.74 + depth * Math.cos(count * angle));
};

/** A smooth outline without any symmetry. */
const pebble = (random: Random) => {
  const waves = [2, 3, 4].map((k) => ({ k, height: random.between(0.05, 0.3 / k), phase: random.angle() }));
  return radial(
    (angle) =>
      0.72 + waves.reduce((sum, { k, height, phase }) => sum + height * Math.cos(k * angle + phase), 0),
  );
};

/** A drop: a circle and the cone that touches it, with its tip on the unit circle. */
const drop: Plane = (x, y) => {
  const [round, length] = [0.55, 1.45];
  const sine = round / length;
  const cosine = Math.sqrt(1 - sine * sine);
  const along = x + 0.45;
  const across = Math.abs(y);
  const foot = cosine * along - sine * across;
  if (foot < 0) return norm(along, across) - round;
  if (foot > cosine * length) return norm(along - length, across);
  return cosine * across + sine * along - round;
};

const arrow: Plane = union(box(0.62, 0.13), moved(polygon(3), 0.55, 0, 0.44));

/** A disc with a slice taken out. */
const bitten = (random: Random): Plane => {
  const half = random.between(0.45, 0.75);
  const [sine, cosine] = [Math.sin(half), Math.cos(half)];
  return difference(circle, (x, y) => Math.abs(y) * cosine - x * sine);
};

const halfDisc: Plane = moved(
  intersection(circle, (x) => x),
  0.3,
  0,
);

/** Another shape's hole in a disc. */
const pierced = (hole: Plane) => () => difference(circle, moved(hole, 0, 0, 0.55));

/** Any of the plainer shapes, for classes that are about number or arrangement. */
const any = (random: Random): Plane =>
  random.pick([circle, box(0.75, 0.75), polygon(3), star(5, 0.45), polygon(6), ellipse(0.55), plus(random)]);

export const shapeClasses: readonly PictureClass[] = [
  shape('disc', () => circle),
  shape('ellipse', (random) => ellipse(random.between(0.5, 0.65))),
  shape('needle', (random) => ellipse(random.between(0.16, 0.24))),
  shape('triangle', () => polygon(3)),
  shape('square', () => box(0.72, 0.72)),
  shape('oblong', (random) => box(0.92, random.between(0.3, 0.42))),
  shape('pentagon', () => polygon(5)),
  shape('star-3', (random) => star(3, random.between(0.2, 0.28))),
  shape('star-4', (random) => star(4, random.between(0.3, 0.42))),
  shape('star-5', (random) => star(5, random.between(0.36, 0.48))),
  shape('star-many', (random) => star(random.integer(9, 14), random.between(0.6, 0.75))),
  shape('cross', plus),
  shape('ring', (random) => outline(circle, random.between(0.18, 0.38))),
  shape('triangle-outline', (random) => outline(polygon(3), random.between(0.12, 0.18))),
  shape('square-outline', (random) => outline(box(0.74, 0.74), random.between(0.14, 0.24))),
  shape('star-outline', (random) => outline(star(5, 0.48), random.between(0.11, 0.15))),
  shape('crescent', crescent),
  shape('half-disc', () => halfDisc),
  shape('bitten-disc', bitten),
  shape('drop', () => drop),
  shape('arrow', () => arrow),
  shape('gear', gear),
  shape('lobes-2', lobes(2)),
  shape('lobes-3', lobes(3)),
  shape('lobes-5', lobes(5)),
  shape('pebble', pebble, { alike: false }),
  shape('disc-with-star-hole', pierced(star(5, 0.45))),
  objects('count-2', { layout: strewn([2, 2], [0.1, 0.2], 1.05) }, any),
  objects('count-3', { layout: strewn([3, 3], [0.09, 0.17], 1.05) }, any),
  objects('count-5', { layout: strewn([5, 5], [0.08, 0.13], 1.05) }, any),
  objects('count-8-or-more', { layout: strewn([8, 12], [0.07, 0.11], 1.05) }, any),
  objects('mixed-shapes', { layout: strewn([6, 9], [0.1, 0.14], 1), alike: false }, any),
];
