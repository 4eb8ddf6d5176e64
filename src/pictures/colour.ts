/**
 * @file Colours and palettes. A palette is one picture's taste: grey, one tint, two hues or anything goes; what is
 * drawn asks it for colours that stand apart in luminance, so that no picture depends on hue alone.
 */
import type { Random } from '../random.js';

/** Red, green and blue, each in [0, 1]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Rec. 601 luma of a colour, in [0, 1]. */
export function luma([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** The colour a part `t` (0 to 1) of the way from one colour to another. */
export function mix(from: Colour, to: Colour, t: number): Colour {
  return [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1]), from[2] + t * (to[2] - from[2])];
}

/**
 * A colour of exactly the given luma (0 to 1): that grey, pulled towards the pure hue.
 * @param hue in turns
 * @param saturation how far it is pulled, if red, green and blue allow
 */
function tint(hue: number, saturation: number, target: number): Colour {
  const channel = (shift: number) => 0.5 + 0.5 * Math.cos(2 * Math.PI * (hue - shift));
  const pure: Colour = [channel(0), channel(1 / 3), channel(2 / 3)];
  const brightness = luma(pure);
  let reach = saturation;
  for (const value of pure) {
    const pull = value - brightness;
    reach = Math.min(reach, (pull > 0 ? 1 - target : -target) / pull);
  }
  return [
    target + reach * (pure[0] - brightness),
    target + reach * (pure[1] - brightness),
    target + reach * (pure[2] - brightness),
  ];
}

/** A colour scale, 256 steps of red, green and blue. */
export type Ramp = Float32Array;

/** One picture's taste in colour. */
export class Palette {
  readonly #random: Random;
  readonly #hues: readonly number[] | undefined;
  readonly #saturation: number;

  constructor(random: Random) {
    this.#random = random;
    const manner = random.unit();
    const hue = random.unit();
    if (manner < 0.2) {
      this.#hues = [hue];
      this.#saturation = 0;
    } else if (manner < 0.45) {
      this.#hues = [hue];
      this.#saturation = random.between(0.15, 0.6);
    } else if (manner < 0.75) {
      this.#hues = [hue, hue + random.between(0.08, 0.5)];
      this.#saturation = random.between(0.3, 0.8);
    } else {
      this.#hues = undefined;
      this.#saturation = random.between(0.3, 1);
    }
  }

  /** Any colour of this palette with the given luma. */
  withLuma(target: number): Colour {
    const hue = this.#hues
      ? this.#random.pick(this.#hues) + this.#random.between(-0.04, 0.04)
      : this.#random.unit();
    return tint(hue, this.#saturation * this.#random.between(0.5, 1), target);
  }

  /** Any colour of this palette. */
  colour(): Colour {
    return this.withLuma(this.#random.between(0.05, 0.95));
  }

  /** A colour whose luma differs from the given colour's by `least` or more (`least` at most 0.45). */
  apart(from: Colour, least: number): Colour {
    const other = luma(from);
    const below = Math.max(0, other - least - 0.03);
    const above = Math.max(0, 0.97 - other - least);
    const draw = this.#random.between(0, below + above);
    return this.withLuma(draw < below ? 0.03 + draw : other + least + (draw - below));
  }

  /** A colour scale of two to four stops whose ends differ in luma by `least` (at most 0.45) or more. */
  ramp(least: number): Ramp {
    const first = this.colour();
    const last = this.apart(first, least);
    const stops = [first];
    const between = this.#random.integer(0, 2);
    for (let stop = 1; stop <= between; stop++) {
      const t = stop / (between + 1);
      const level = luma(first) + t * (luma(last) - luma(first)) + this.#random.between(-0.12, 0.12);
      stops.push(this.withLuma(Math.min(0.97, Math.max(0.03, level))));
    }
    return rampOf([...stops, last]);
  }
}

/** The colour scale that runs through the given colours at even distances. */
export function rampOf(stops: readonly Colour[]): Ramp {
  const ramp = new Float32Array(256 * 3);
  for (let step = 0; step < 256; step++) {
    const at = (step / 255) * (stops.length - 1);
    const stop = Math.min(stops.length - 2, Math.floor(at));
    ramp.set(mix(stops[stop], stops[stop + 1], at - stop), 3 * step);
  }
  return ramp;
}
