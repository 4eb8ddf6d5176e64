/** @file What a pre-training class is: a name, and a way to draw one more picture of it. */

import type { Random } from '../../random.js';
import type { Canvas } from '../canvas.js';

export interface PictureClass {
  /** Kebab-case and unique among all classes; begins with the family. */
  readonly name: string;
  /** Covers the whole canvas. The same random stream draws the same picture. */
  draw(canvas: Canvas, random: Random): void;
}
