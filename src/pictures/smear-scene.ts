/** @file Lays the bodies of a blood smear on a slide. Parasites have a random stream of their own and come last. */
import type { Random } from '../random.js';
import {
  drawInclusion,
  drawParasite,
  drawPlatelet,
  drawRedCell,
  drawSpeck,
  drawWhiteCell,
  isClear,
} from './blood-cells.js';
import type { Placement } from './canvas.js';
import { norm } from './distance.js';
import { cloudField } from './noise.js';
import type { Slide } from './slide.js';
import { drawn, type SmearConditions } from './smear-conditions.js';

/** Everything but parasites. Returns the red cells; the first lies well inside the picture. */
export function laySmear(slide: Slide, conditions: SmearConditions, random: Random): readonly Placement[] {
  layPlasma(slide, random);
  const radius = drawn(random, conditions.cellDiameter) / 2;
  const whiteCells = placeWhiteCells(radius, conditions.whiteCells, random);
  const redCells = placeRedCells(radius, drawn(random, conditions.crowding), whiteCells, random);
  for (const place of redCells) drawRedCell(slide, place, random);
  for (const place of whiteCells) drawWhiteCell(slide, place, random);
  for (let i = random.poisson(conditions.inclusions); i > 0; i--)
    drawInclusion(slide, random.pick(redCells), random);
  const bodies = [...redCells, ...whiteCells];
  for (let i = random.poisson(conditions.platelets); i > 0; i--) layPlatelet(slide, radius, bodies, random);
  for (let i = random.poisson(conditions.debris); i > 0; i--)
    drawSpeck(slide, anywhere(random, 0.55, 0.005, 0.02), random);
  return redCells;
}

/** Puts parasites into red cells, in one cell two at the most. Returns the cells they lie in. */
export function layParasites(
  slide: Slide,
  redCells: readonly Placement[],
  conditions: SmearConditions,
  random: Random,
): readonly Placement[] {
  const inside = redCells.filter(
    ({ x, y, radius }) => Math.max(Math.abs(x), Math.abs(y)) < 0.5 - 0.6 * radius,
  );
  const rooms = [...inside, ...(random.chance(0.15) ? inside : [])];
  const diameter = drawn(random, conditions.parasiteDiameter);
  const strength = drawn(random, conditions.parasiteStrength);
  const hosts: Placement[] = [];
  const [least, most] = conditions.parasites;
  for (let left = random.integer(Math.round(least), Math.round(most)); left > 0 && rooms.length > 0; left--) {
    const [host] = rooms.splice(random.integer(0, rooms.length - 1), 1);
    drawParasite(slide, host, diameter, strength * random.between(0.9, 1.1), random);
    hosts.push(host);
  }
  return hosts;
}

/** A thin haze of plasma with clouds in it. */
function layPlasma(slide: Slide, random: Random): void {
  const clouds = cloudField(slide.size, random, random.between(1.5, 4), 0.5);
  const [amount, depth] = [random.between(0, 0.12), random.between(0, 0.03)];
  const [eosin] = slide.dyes;
  for (let i = 0; i < eosin.length; i++) eosin[i] += Math.max(0, amount + depth * clouds[i]);
}

/** Somewhere within `reach` of the centre on both axes, with a radius between the bounds. */
function anywhere(random: Random, reach: number, least: number, most: number): Placement {
  return {
    x: random.between(-reach, reach),
    y: random.between(-reach, reach),
    radius: random.scale(least, most),
    angle: random.angle(),
  };
}

function placeWhiteCells(radius: number, mean: number, random: Random): Placement[] {
  const placed: Placement[] = [];
  for (let i = random.poisson(mean); i > 0; i--) {
    const place = anywhere(random, 0.55, 1.3 * radius, 1.9 * radius);
    if (norm(place.x, place.y) > 0.3 && isClear(place.x, place.y, place.radius, placed, 1))
      placed.push(place);
  }
  return placed;
}

/**
 * Red cells until they would fill `crowding` of the picture, or until no more fit; they may overlap a little. The
 * first stands near the middle whatever else is there, so that there always is one.
 */
function placeRedCells(
  radius: number,
  crowding: number,
  whiteCells: readonly Placement[],
  random: Random,
): Placement[] {
  const spread = random.between(0.03, 0.12);
  const overlap = random.between(0, 0.35);
  const placed: Placement[] = [];
  const sideWithBorder = 1 + 2 * radius;
  let left = (crowding * sideWithBorder * sideWithBorder) / (Math.PI * radius * radius);
  for (let attempt = 0; attempt < 400 && left > 0; attempt++) {
    const reach = placed.length === 0 ? 0.25 : 0.5 + radius;
    const own = radius * Math.exp(spread * random.normal());
    const place = {
      x: random.between(-reach, reach),
      y: random.between(-reach, reach),
      radius: own,
      angle: random.angle(),
    };
    const near = placed.some((p) => norm(p.x - place.x, p.y - place.y) < (1 - overlap) * (p.radius + own));
    const clear = isClear(place.x, place.y, own, whiteCells, 0.85);
    if (placed.length > 0 && (near || !clear)) continue;
    placed.push(place);
    left--;
  }
  return placed;
}

/** A platelet between the cells, where there is room. */
function layPlatelet(slide: Slide, cellRadius: number, bodies: readonly Placement[], random: Random): void {
  for (let attempt = 0; attempt < 20; attempt++) {
    const place = anywhere(random, 0.5, 0.22 * cellRadius, 0.5 * cellRadius);
    if (!isClear(place.x, place.y, place.radius, bodies, 0.8)) continue;
    drawPlatelet(slide, place, random);
    return;
  }
}
