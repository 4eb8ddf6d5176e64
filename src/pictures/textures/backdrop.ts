/**
 * @file What lies behind: clouds with a natural (1/f) spectrum, a plain gradient, or fallen leaves (discs that hide
 * one another, whose edges and occlusions have the statistics of natural scenes).
 */

import type { Random } from '../../random.js';
import type { Canvas } from '../canvas.js';
import type { Colour, Palette } from '../colour.js';
import { luma, mix, rampOf } from '../colour.js';
import { circle } from '../distance.js';
import { cloudField } from '../noise.js';

/** Clouds with a random natural spectrum, mean 0 and deviation 1. */
export function naturalClouds(size: number, random: Random): Float32Array {
  return cloudField(size, random, random.scale(1.2, 5), random.between(0.45, 0.75));
}

/**
 * Covers the canvas with a backdrop and returns its middle colour.
 * @param palette where its colours come from
 * @param contrast how far its luma may stray from the middle colour's, in [0, 0.5]
 */
export function drawBackdrop(canvas: Canvas, random: Random, palette: Palette, contrast: number): Colour {
  const middle = palette.colour();
  const near = (): Colour => {
    const level = luma(middle) + random.between(-contrast, contrast);
    return mix(middle, palette.withLuma(Math.min(0.97, Math.max(0.03, level))), random.between(0.4, 1));
  };
  const manner = random.unit();
  if (manner < 0.25) drawGradient(canvas, random, near(), near());
  else {
    const ramp = rampOf([near(), middle, near()]);
    const clouds = naturalClouds(canvas.size, random);
    for (let i = 0; i < clouds.length; i++) clouds[i] = 0.5 + 0.22 * clouds[i];
    canvas.paint(clouds, ramp);
    if (manner > 0.75) drawLeaves(canvas, random, near);
  }
  return middle;
}

/** A straight gradient between two colours, with a trace of clouds. */
function drawGradient(canvas: Canvas, random: Random, from: Colour, to: Colour): void {
  const slope = random.angle();
  const slopeX = 0.7 * Math.cos(slope);
  const slopeY = 0.7 * Math.sin(slope);
  const field = new Float32Array(canvas.size ** 2);
  for (let j = 0, p = 0; j < canvas.size; j++) {
    for (let i = 0; i < canvas.size; i++, p++) field[p] = 0.5 + slopeX * canvas.at(i) + slopeY * canvas.at(j);
  }
  canvas.paint(field, rampOf([from, to]));
}

/** Discs of many sizes (many small, few large), one over another. */
function drawLeaves(canvas: Canvas, random: Random, colour: () => Colour): void {
  const softness = random.chance(0.5) ? random.between(0, 0.06) : 0;
  for (let leaf = random.integer(6, 24); leaf > 0; leaf--) {
    const place = {
      x: random.between(-0.6, 0.6),
      y: random.between(-0.6, 0.6),
      radius: random.scale(0.04, 0.3),
      angle: 0,
    };
    canvas.stamp(circle, place, {
      from: colour(),
      to: colour(),
      slope: random.angle(),
      opacity: 1,
      softness,
    });
  }
}
