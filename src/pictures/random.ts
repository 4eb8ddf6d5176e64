/**
 * @file Seeded chance for everything that is drawn: a xoroshiro128+ stream (pure-rand) whose state is mixed
 * from any number of words, so that neighbouring seeds share nothing, and a lattice hash for per-pixel chance.
 */

import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';

const UNIT = 2 ** -32;

/** Murmur3's 32-bit finaliser: every input bit reaches every output bit. */
function scramble(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit unsigned hash of an integer lattice point; `seed` chooses among independent lattices. */
export function latticeHash(x: number, y: number, seed: number): number {
  let h = Math.imul(x | 0, 0x27d4eb2f) ^ Math.imul(y | 0, 0x165667b1) ^ seed;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** The lattice hash as a number in [0, 1). */
export function latticeUnit(x: number, y: number, seed: number): number {
  return latticeHash(x, y, seed) * UNIT;
}

/** A stream of seeded random draws. The same words give the same stream, bit for bit. */
export class Random {
  readonly #stream: JumpableRandomGenerator;

  /** @param words safe integers, in order; each takes part with all its 53 bits */
  constructor(...words: readonly number[]) {
    const state = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
    for (const word of words) {
      const low = word >>> 0;
      const high = Math.floor(word / 2 ** 32) >>> 0;
      for (let i = 0; i < 4; i++)
        state[i] = scramble(scramble(state[i] + low) ^ Math.imul(high + i, 0x9e3779b1));
    }
    this.#stream = xoroshiro128plusFromState(state.map((word) => word | 0));
  }

  /** A uniform 32-bit unsigned word: the seed of a lattice, or of another stream. */
  word(): number {
    return this.#stream.next() >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return (this.#stream.next() >>> 0) * UNIT;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** Uniform in the logarithm, in [low, high): for scales, where a factor counts and not a difference. */
  scale(low: number, high: number): number {
    return low * (high / low) ** this.unit();
  }

  /** A whole number from low to high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.unit());
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** −1 or 1. */
  sign(): number {
    return this.unit() < 0.5 ? -1 : 1;
  }

  /** An angle in [0, 2π), in radians. */
  angle(): number {
    return 2 * Math.PI * this.unit();
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(this.angle());
  }

  /** A Poisson count with the given mean (Knuth's product of uniforms; for means up to a few dozen). */
  poisson(mean: number): number {
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = this.unit(); product > floor; product *= this.unit()) count++;
    return count;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(list.length * this.unit())];
  }
}
