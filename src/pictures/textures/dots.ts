/** @file Many small things: dots, rods, rings and grains, told apart by density, size, order and company. */

import type { Random } from '../../random.js';
import type { Placement } from '../canvas.js';
import { box, circle, difference, ellipse, moved, outline, polygon } from '../distance.js';
import { chained, grouped, type Layout, lattice, objects, strewn } from './objects.js';
import type { PictureClass } from './picture-class.js';

const dot = () => circle;

const rod = (random: Random) => box(1, random.between(0.25, 0.32), 0.25);

/** Anywhere at all, over one another too; radii follow a power law between the bounds. */
function scattered(count: readonly [number, number], radius: readonly [number, number]): Layout {
  return (random) =>
    Array.from({ length: random.integer(count[0], count[1]) }, (): Placement => {
      const inverseSquare = random.between(1 / radius[1] ** 2, 1 / radius[0] ** 2);
      return {
        x: random.between(-0.52, 0.52),
        y: random.between(-0.52, 0.52),
        radius: 1 / Math.sqrt(inverseSquare),
        angle: random.angle(),
      };
    });
}

/** All turned nearly the same way. */
const aligned =
  (layout: Layout): Layout =>
  (random) => {
    const lean = random.angle();
    return layout(random).map((place) => ({ ...place, angle: lean + 0.12 * random.normal() }));
  };

/** Two of each, side by side. */
const paired =
  (layout: Layout): Layout =>
  (random) =>
    layout(random).flatMap((place) => {
      const reach = 1.02 * place.radius;
      const [dx, dy] = [reach * Math.cos(place.angle), reach * Math.sin(place.angle)];
      return [
        { ...place, x: place.x - dx, y: place.y - dy },
        { ...place, x: place.x + dx, y: place.y + dy },
      ];
    });

const soft = { softness: 0.12, opacity: [0.9, 1] } as const;

export const dotClasses: readonly PictureClass[] = [
  objects('dots-few', { layout: strewn([4, 8], [0.035, 0.055], 1.5) }, dot),
  objects('dots-some', { layout: strewn([16, 26], [0.03, 0.045], 1.2) }, dot),
  objects('dots-many', { layout: strewn([55, 90], [0.022, 0.032], 1.1) }, dot),
  objects('dots-packed', { layout: strewn([60, 80], [0.05, 0.07], 0.9) }, dot),
  objects('dots-all-sizes', { layout: scattered([25, 50], [0.018, 0.2]) }, dot),
  objects('dots-leaves', { layout: scattered([90, 140], [0.075, 0.4]), opacity: [1, 1], motley: true }, dot),
  objects(
    'dots-leaves-square',
    { layout: scattered([80, 120], [0.085, 0.4]), opacity: [1, 1], motley: true },
    () => box(0.75, 0.75),
  ),
  objects('dots-clear-discs', { layout: scattered([14, 24], [0.1, 0.25]), opacity: [0.3, 0.5] }, dot),
  objects('dots-square-grid', { layout: lattice([0.1, 0.17], Math.PI / 2, 0.28) }, dot),
  objects('dots-hexagonal', { layout: lattice([0.1, 0.17], Math.PI / 3, 0.33) }, dot),
  objects('dots-clustered', { layout: grouped([3, 5], [8, 16], [0.018, 0.026], 4.5) }, dot),
  objects('dots-grapes', { layout: grouped([2, 4], [6, 11], [0.035, 0.05], 2) }, dot),
  objects('dots-pairs', { layout: paired(strewn([8, 14], [0.03, 0.04], 2.2)) }, dot),
  objects('dots-chains', { layout: chained([3, 5], [7, 12], [0.025, 0.035], 0.3) }, dot),
  objects('dots-rings', { layout: strewn([10, 20], [0.05, 0.08], 1.05) }, (random) =>
    outline(circle, random.between(0.3, 0.4)),
  ),
  objects('dots-eyes', { layout: strewn([8, 16], [0.06, 0.09], 1.05) }, (random) =>
    difference(circle, moved(circle, random.between(-0.15, 0.15), 0, 0.4)),
  ),
  objects('dots-rods', { layout: strewn([12, 22], [0.06, 0.09], 0.8) }, rod),
  objects('dots-rods-aligned', { layout: aligned(strewn([14, 24], [0.06, 0.09], 0.8)) }, rod),
  objects('dots-rice', { layout: strewn([40, 70], [0.035, 0.05], 0.8) }, () => ellipse(0.45)),
  objects('dots-rice-aligned', { layout: aligned(strewn([40, 70], [0.035, 0.05], 0.8)) }, () =>
    ellipse(0.45),
  ),
  objects('dots-shards', { layout: strewn([20, 36], [0.05, 0.08], 0.8) }, () => polygon(3)),
  objects('dots-glows', { layout: strewn([5, 10], [0.05, 0.09], 1.3), ...soft }, dot),
];
