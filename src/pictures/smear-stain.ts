/** @file The colours of a blood smear: eosin, azure and lamplight, as they stray from one laboratory to the next. */
import type { Random } from '../random.js';
import type { Colour } from './colour.js';
import type { Stain } from './slide.js';

const EOSIN: Colour = [0.87, 0.6, 0.64];
const AZURE: Colour = [0.42, 0.24, 0.56];
const LAMP: Colour = [0.99, 0.97, 0.96];

/**
 * A stain `shift` (0 to 1) away from the textbook's.
 * @param brightness of the empty slide, 0 to 1
 */
export function straying(random: Random, shift: number, brightness: number): Stain {
  return {
    light: stray(random, LAMP, 0.1 * shift, brightness),
    dyes: [dyed(random, EOSIN, shift), dyed(random, AZURE, 0.6 * shift)],
  };
}

/** A dye whose strength and hue stray: its absorbance scaled, as a whole and channel by channel. */
function dyed(random: Random, [red, green, blue]: Colour, shift: number): Colour {
  const strength = Math.exp(0.4 * shift * random.between(-1, 1));
  const channel = (through: number) => through ** (strength * Math.exp(0.6 * shift * random.between(-1, 1)));
  return [channel(red), channel(green), channel(blue)];
}

function stray(random: Random, [red, green, blue]: Colour, by: number, brightness: number): Colour {
  const channel = (value: number) => value * brightness * (1 + by * random.between(-1, 1));
  return [channel(red), channel(green), channel(blue)];
}
