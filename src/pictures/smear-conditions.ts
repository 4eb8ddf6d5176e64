/** @file What varies from one blood smear to the next, and by how much: the ranges that difficulty sets. */
import type { Random } from '../random.js';

/** From the least to the most a picture may have. */
export type Range = readonly [least: number, most: number];

/**
 * Ranges from which every picture draws its own value, evenly, and mean numbers of the things that may lie about.
 * Pictures with and without parasites draw from the same ranges.
 */
export interface SmearConditions {
  /** Diameter of a typical red cell, in picture sides. */
  readonly cellDiameter: Range;
  /** Area of all red cells over the area of the picture; above about 0.8 many overlap. */
  readonly crowding: Range;
  /** How far the dyes' colours and strengths stray from the textbook's pink and purple, 0 to 1. */
  readonly stainShift: Range;
  /** Brightness of the empty slide, 0 to 1. */
  readonly light: Range;
  /** Fall of the light across the picture, relative. */
  readonly unevenness: Range;
  /** Standard deviation of the blur, in 64ths of the picture. */
  readonly blur: Range;
  /** Standard deviation of the sensor's noise, of 1. */
  readonly noise: Range;
  /** Parasites in an infected picture: whole numbers. */
  readonly parasites: Range;
  /** Diameter of a ring form over that of its red cell. */
  readonly parasiteDiameter: Range;
  /** Strength of a parasite's stain; at 1 it is as dark as a nucleus. */
  readonly parasiteStrength: Range;
  /** Mean number of platelets, between the cells: purple, of a parasite's size, some ring-like. */
  readonly platelets: number;
  /** Mean number of specks of stain, on cells and between them. */
  readonly debris: number;
  /** Mean number of red cells with a solid round dot that is no parasite (Howell and Jolly's bodies). */
  readonly inclusions: number;
  /** Mean number of white cells, with their large purple nuclei. */
  readonly whiteCells: number;
}

const easy: SmearConditions = {
  cellDiameter: [0.27, 0.34],
  crowding: [0.4, 0.7],
  stainShift: [0, 0.4],
  light: [0.85, 0.98],
  unevenness: [0, 0.15],
  blur: [0, 0.3],
  noise: [0.005, 0.02],
  parasites: [2, 4],
  parasiteDiameter: [0.42, 0.52],
  parasiteStrength: [0.9, 1.2],
  platelets: 2.5,
  debris: 2,
  inclusions: 0.7,
  whiteCells: 0.25,
};

const hard: SmearConditions = {
  cellDiameter: [0.22, 0.36],
  crowding: [0.5, 1],
  stainShift: [0, 1],
  light: [0.6, 1],
  unevenness: [0, 0.5],
  blur: [0, 0.9],
  noise: [0.01, 0.05],
  parasites: [1, 3],
  parasiteDiameter: [0.3, 0.44],
  parasiteStrength: [0.5, 1],
  platelets: 4,
  debris: 5,
  inclusions: 1.8,
  whiteCells: 0.3,
};

/**
 * The conditions at a difficulty from 0 (every parasite plain to see, little else about) to 1 (few, faint, blurred,
 * and among look-alikes); in between, every bound lies proportionally between the two.
 */
export function conditionsAt(difficulty: number): SmearConditions {
  const between = (from: number, to: number) => from + difficulty * (to - from);
  return Object.fromEntries(
    Object.entries(easy).map(([name, from]: [string, Range | number]) => {
      const to = hard[name as keyof SmearConditions];
      if (typeof from === 'number') return [name, between(from, to as number)];
      return [name, [between(from[0], (to as Range)[0]), between(from[1], (to as Range)[1])]];
    }),
  ) as unknown as SmearConditions;
}

/** A value drawn evenly from a range. */
export function drawn(random: Random, [least, most]: Range): number {
  return random.between(least, most);
}
