/** @file Branching lines: trees, vessels, roots, lightning, frost, leaf veins, and loose fibres. */

import type { Random } from '../../random.js';
import type { Mask } from '../mask.js';
import { drawing } from './drawing.js';
import type { PictureClass } from './picture-class.js';

/** How a branch bears branches. Angles in radians, lengths and widths in picture sides or as shares of the parent's. */
interface Growth {
  readonly depth: number;
  /** How many branches each bears, least and most. */
  readonly children: readonly [number, number];
  /** Between a branch and the outermost of its own branches. */
  readonly spread: number;
  readonly shorter: readonly [number, number];
  readonly thinner: number;
  /** Turns by chance, along a branch, per step. */
  readonly wander: number;
  readonly width: number;
  readonly length: number;
}

/** Grows one branch from (x, y), in four steps, then its branches from its end. */
function grow(
  mask: Mask,
  random: Random,
  growth: Growth,
  x: number,
  y: number,
  heading: number,
  length: number,
  width: number,
  depth: number,
): void {
  let [px, py, angle] = [x, y, heading];
  for (let step = 0; step < 4; step++) {
    angle += growth.wander * random.normal();
    const [nextX, nextY] = [px + 0.25 * length * Math.cos(angle), py + 0.25 * length * Math.sin(angle)];
    mask.stroke(px, py, nextX, nextY, width * (1 - 0.06 * step));
    [px, py] = [nextX, nextY];
  }
  if (depth === 0) return;
  const count = random.integer(growth.children[0], growth.children[1]);
  for (let child = 0; child < count; child++) {
    const side = count === 1 ? 0 : (2 * child) / (count - 1) - 1;
    const turn = growth.spread * side + 0.25 * growth.spread * random.normal();
    const shorter = random.between(growth.shorter[0], growth.shorter[1]);
    grow(mask, random, growth, px, py, angle + turn, length * shorter, width * growth.thinner, depth - 1);
  }
}

/** One tree from beyond an edge, turned at random. */
const tree = (name: string, growth: Growth): PictureClass =>
  drawing(`branching-${name}`, (mask, random) => {
    const side = random.angle();
    const [x, y] = [-0.5 * Math.cos(side), -0.5 * Math.sin(side)];
    const size = random.between(0.85, 1.2);
    const heading = side + random.between(-0.25, 0.25);
    grow(mask, random, growth, x, y, heading, size * growth.length, size * growth.width, growth.depth);
  });

/** Crystals with six arms, each arm with side arms on both sides. */
function frost(mask: Mask, random: Random): void {
  const count = random.pick([1, 1, 2, 3]);
  for (let crystal = 0; crystal < count; crystal++) {
    const radius = (count === 1 ? 0.45 : 0.26) * random.between(0.75, 1.05);
    const reach = count === 1 ? 0.1 : 0.3;
    const [x, y] = [random.between(-reach, reach), random.between(-reach, reach)];
    const turn = random.angle();
    const joints = random.integer(3, 5);
    const lengths = Array.from({ length: joints }, () => random.between(0.15, 0.42));
    for (let arm = 0; arm < 6; arm++) {
      const angle = turn + (Math.PI * arm) / 3;
      mask.stroke(x, y, x + radius * Math.cos(angle), y + radius * Math.sin(angle), 0.012);
      lengths.forEach((length, joint) => {
        const along = (radius * (joint + 0.7)) / joints;
        const [px, py] = [x + along * Math.cos(angle), y + along * Math.sin(angle)];
        for (const side of [angle - Math.PI / 3, angle + Math.PI / 3]) {
          mask.stroke(
            px,
            py,
            px + radius * length * Math.cos(side),
            py + radius * length * Math.sin(side),
            0.009,
          );
        }
      });
    }
  }
}

/** A midrib with side veins in pairs. */
function leafVeins(mask: Mask, random: Random): void {
  const turn = random.angle();
  const [along, across] = [
    [Math.cos(turn), Math.sin(turn)],
    [-Math.sin(turn), Math.cos(turn)],
  ];
  const bow = random.between(-0.3, 0.3);
  const at = (t: number) => [
    t * along[0] + bow * (t * t - 0.1) * across[0],
    t * along[1] + bow * (t * t - 0.1) * across[1],
  ];
  const pitch = random.between(0.07, 0.13);
  const lean = random.between(0.55, 1.1);
  for (let t = -0.75; t < 0.75; t += 0.05) mask.polyline([...at(t), ...at(t + 0.05)], 0.02 * (0.9 - t));
  for (let t = -0.7; t < 0.6; t += pitch) {
    const [x, y] = at(t);
    for (const side of [-1, 1]) {
      const angle = turn + side * lean;
      const [x1, y1] = [x + 0.25 * Math.cos(angle), y + 0.25 * Math.sin(angle)];
      mask.polyline(
        [x, y, x1, y1, x1 + 0.3 * Math.cos(angle - side * 0.4), y1 + 0.3 * Math.sin(angle - side * 0.4)],
        0.008,
      );
    }
  }
}

/** Long fibres, `bend` giving how they wander, lying any way or nearly one way. */
const fibres = (name: string, count: readonly [number, number], bend: number, alike: number): PictureClass =>
  drawing(`branching-${name}`, (mask, random) => {
    const lean = random.angle();
    const width = random.scale(0.004, 0.011);
    for (let fibre = random.integer(count[0], count[1]); fibre > 0; fibre--) {
      let angle = lean + alike * random.between(-1, 1);
      let [x, y] = [
        random.between(-0.5, 0.5) - 0.6 * Math.cos(angle),
        random.between(-0.5, 0.5) - 0.6 * Math.sin(angle),
      ];
      let curl = 0;
      const strength = random.between(0.5, 1);
      for (let step = 0; step < 16; step++) {
        curl = 0.7 * curl + bend * random.normal();
        angle += curl;
        const [nextX, nextY] = [x + 0.075 * Math.cos(angle), y + 0.075 * Math.sin(angle)];
        mask.stroke(x, y, nextX, nextY, width, strength);
        [x, y] = [nextX, nextY];
      }
    }
  });

/** Straight chips of line, strewn. */
function needles(mask: Mask, random: Random): void {
  const width = random.between(0.004, 0.009);
  const half = random.between(0.05, 0.09);
  for (let needle = random.integer(40, 80); needle > 0; needle--) {
    const [x, y, angle] = [random.between(-0.5, 0.5), random.between(-0.5, 0.5), random.angle()];
    const [dx, dy] = [half * Math.cos(angle), half * Math.sin(angle)];
    mask.stroke(x - dx, y - dy, x + dx, y + dy, width, random.between(0.6, 1));
  }
}

/** A web: threads from a hub, joined by rings of straight thread. */
function web(mask: Mask, random: Random): void {
  const [x, y] = [random.between(-0.25, 0.25), random.between(-0.25, 0.25)];
  const spokes = random.integer(8, 13);
  const angles = Array.from({ length: spokes }, (_, i) => (2 * Math.PI * (i + 0.4 * random.unit())) / spokes);
  const pitch = random.between(0.06, 0.1);
  const turn = random.angle();
  angles.forEach((angle, i) => {
    const next = angles[(i + 1) % spokes];
    mask.stroke(x, y, x + 0.9 * Math.cos(angle + turn), y + 0.9 * Math.sin(angle + turn), 0.006);
    for (let radius = pitch; radius < 0.8; radius += pitch) {
      const own = radius * random.between(0.95, 1.05);
      mask.stroke(
        x + own * Math.cos(angle + turn),
        y + own * Math.sin(angle + turn),
        x + own * Math.cos(next + turn),
        y + own * Math.sin(next + turn),
        0.005,
      );
    }
  });
}

export const branchingClasses: readonly PictureClass[] = [
  tree('tree', {
    depth: 6,
    children: [2, 2],
    spread: 0.42,
    shorter: [0.72, 0.86],
    thinner: 0.7,
    wander: 0.06,
    width: 0.022,
    length: 0.25,
  }),
  tree('bush', {
    depth: 4,
    children: [3, 4],
    spread: 0.75,
    shorter: [0.65, 0.8],
    thinner: 0.65,
    wander: 0.05,
    width: 0.018,
    length: 0.27,
  }),
  tree('vessels', {
    depth: 5,
    children: [2, 2],
    spread: 0.6,
    shorter: [0.75, 0.95],
    thinner: 0.78,
    wander: 0.25,
    width: 0.03,
    length: 0.27,
  }),
  tree('roots', {
    depth: 6,
    children: [1, 3],
    spread: 0.9,
    shorter: [0.6, 0.9],
    thinner: 0.65,
    wander: 0.2,
    width: 0.02,
    length: 0.22,
  }),
  tree('lightning', {
    depth: 7,
    children: [1, 2],
    spread: 0.45,
    shorter: [0.85, 1],
    thinner: 0.8,
    wander: 0.3,
    width: 0.012,
    length: 0.19,
  }),
  drawing('branching-frost', frost),
  drawing('branching-leaf-veins', leafVeins),
  drawing('branching-web', web),
  drawing('branching-needles', needles),
  fibres('threads', [5, 9], 0.1, Math.PI),
  fibres('hair', [24, 40], 0.04, 0.25),
  fibres('wool', [20, 32], 0.3, Math.PI),
];
