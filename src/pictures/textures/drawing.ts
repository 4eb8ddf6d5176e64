/** @file Classes that are drawn with strokes or points on a mask, then inked over a backdrop. */

import type { Random } from '../../random.js';
import { Palette, rampOf } from '../colour.js';
import { Mask } from '../mask.js';
import { drawBackdrop, naturalClouds } from './backdrop.js';
import type { PictureClass } from './picture-class.js';

/** A class whose pictures show what `draw` leaves on the mask, in an ink that stands apart from the backdrop. */
export function drawing(name: string, draw: (mask: Mask, random: Random) => void): PictureClass {
  return {
    name,
    draw(canvas, random) {
      const palette = new Palette(random);
      const ground = drawBackdrop(canvas, random, palette, random.between(0, 0.15));
      const mask = new Mask(canvas.size);
      draw(mask, random);
      const ink = palette.apart(ground, random.between(0.25, 0.45));
      const shade = naturalClouds(canvas.size, random);
      const depth = random.between(0, 0.3);
      for (let i = 0; i < shade.length; i++) shade[i] = depth * shade[i];
      canvas.paintThrough(mask.cover, shade, rampOf([ink, palette.apart(ground, 0.2)]));
    },
  };
}
