/** @file Lookup tables of the modality and of what is shown (PS3.3, C.11.1 and C.11.2.1.1). */
import type { Attributes } from './attributes.js';

export interface LookupTable {
  /** The value that the table's first entry is for; those below and above get its first and last. */
  readonly first: number;
  readonly values: Uint16Array;
  /** Of an entry. */
  readonly bits: number;
}

/** Undefined where the table is not what its descriptor says. */
export function readLookupTable(item: Attributes, signed: boolean): LookupTable | undefined {
  const [entries, first, bits] = item.words('x00283002') ?? [];
  const words = item.words('x00283006');
  const length = entries || 2 ** 16;
  if (words === undefined || !(bits >= 1 && bits <= 16)) return undefined;
  // Tables of 8 bits may have two values to a word.
  const values =
    words.length < length && bits <= 8
      ? Uint16Array.from({ length: words.length * 2 }, (_, i) => (words[i >> 1] >> ((i & 1) * 8)) & 255)
      : words;
  if (values.length < length) return undefined;
  return { first: signed ? (first << 16) >> 16 : first, values: values.subarray(0, length), bits };
}
