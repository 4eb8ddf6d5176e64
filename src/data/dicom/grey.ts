/**
 * @file Grey values to 8 bits, as DICOM orders it (PS3.3, C.11): stored value → modality value by a lookup table or
 * rescale slope and intercept → black to white by a lookup table or a window → inverted for MONOCHROME1.
 */
import { Refusal } from '../refusal.js';
import type { Attributes, Tag } from './attributes.js';
import type { PixelDescription } from './description.js';
import { type LookupTable, readLookupTable } from './lookup-table.js';
import type { GreyScale, Window } from './options.js';
import type { SampleArray } from './samples.js';

/** Black at 0 to white at 255, for a modality value. */
type Display = (value: number) => number;

/**
 * @param sources where to look for the transforms: the frame's own, those shared by frames, the data set's
 * @param stored [rows, columns], masked and signed
 * @returns one byte for each
 */
export function toGrey(
  stored: SampleArray,
  description: PixelDescription,
  sources: FrameAttributes,
  scale: GreyScale,
): Uint8Array {
  const modality = modalityOf(sources, description);
  const isPadding = paddingOf(sources.all, description);
  const distribution = () => distributionOf(stored, modality, isPadding);
  const display = displayOf(scale, sources, description, distribution);
  const inverted = description.photometric === 'MONOCHROME1';
  /** Padding is black, whatever black is otherwise. */
  const grey = (value: number) => {
    if (Number.isNaN(value) || isPadding(value)) return 0;
    const level = Math.round(Math.min(255, Math.max(0, display(modality(value)))));
    return inverted ? 255 - level : level;
  };
  return mapValues(stored, grey);
}

export interface FrameAttributes {
  /** Of the data set. */
  readonly all: Attributes;
  /** Items of this frame's functional groups, its own before those that frames share. */
  readonly groups: readonly Attributes[];
}

/** Where the transforms of a frame stand: enhanced objects give each frame its own (PS3.3, C.7.6.16). */
export function frameAttributes(all: Attributes, frame: number): FrameAttributes {
  const own = all.items('x52009230').slice(frame, frame + 1);
  return { all, groups: [...own, ...all.items('x52009229')] };
}

/** The first item of a functional group's sequence, or the data set itself. */
function within({ all, groups }: FrameAttributes, sequence: Tag, tag: Tag): Attributes {
  const items = groups.flatMap((group) => group.items(sequence).slice(0, 1));
  return items.find((item) => item.element(tag) !== undefined) ?? all;
}

/** Whole numbers of a smaller range than this are tabled. */
const MOST_TABLED = 2 ** 16;

function isTabled(stored: SampleArray, least: number, greatest: number): boolean {
  const isWhole = !(stored instanceof Float32Array || stored instanceof Float64Array);
  return isWhole && greatest - least < MOST_TABLED;
}

function mapValues(stored: SampleArray, grey: (value: number) => number): Uint8Array {
  const result = new Uint8Array(stored.length);
  const { least, greatest } = extent(stored);
  // A table of more values than there are pixels would cost more than it saves.
  if (greatest - least >= stored.length || !isTabled(stored, least, greatest)) {
    for (let i = 0; i < stored.length; i++) result[i] = grey(stored[i]);
    return result;
  }
  const table = Uint8Array.from({ length: greatest - least + 1 }, (_, i) => grey(least + i));
  for (let i = 0; i < stored.length; i++) result[i] = table[stored[i] - least];
  return result;
}

function extent(values: SampleArray): { least: number; greatest: number } {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least) least = values[i];
    if (values[i] > greatest) greatest = values[i];
  }
  return { least, greatest };
}

/** Modality LUT Sequence, else slope and intercept, else the value as it is. */
function modalityOf(sources: FrameAttributes, description: PixelDescription): (stored: number) => number {
  if (description.floating) return (value) => value;
  const [item] = sources.all.items('x00283000');
  const table = item && readLookupTable(item, description.signed);
  if (table) return (value) => table.values[tableIndex(table, value)];
  const rescale = within(sources, 'x00289145', 'x00281053');
  const slope = rescale.decimal('x00281053') || 1;
  const intercept = rescale.decimal('x00281052') ?? 0;
  return (value) => value * slope + intercept;
}

function tableIndex({ first, values }: LookupTable, value: number): number {
  return Math.min(values.length - 1, Math.max(0, Math.round(value) - first));
}

/** Pixel Padding Value, and its Range Limit where there is one (PS3.3, C.7.5.1.1.2). */
function paddingOf(
  all: Attributes,
  { signed, stored, floating }: PixelDescription,
): (value: number) => boolean {
  const value = all.word('x00280120');
  if (value === undefined || floating) return () => false;
  const limit = all.word('x00280121') ?? value;
  const bits = Math.min(16, stored);
  const asStored = (word: number) => (signed ? (word << (32 - bits)) >> (32 - bits) : word & (2 ** bits - 1));
  const [low, high] = [asStored(value), asStored(limit)].sort((a, b) => a - b);
  return (stored) => stored >= low && stored <= high;
}

function displayOf(
  scale: GreyScale,
  sources: FrameAttributes,
  description: PixelDescription,
  distribution: () => Distribution,
): Display {
  if (scale.kind === 'window') return windowed(scale.window);
  if (scale.kind === 'file') {
    const own = ownDisplay(sources, description, scale.choice);
    if (own) return own;
    const { stored, signed, floating } = description;
    if (stored <= 8 && !signed && !floating) return asItIs(sources, description);
  }
  const { least, greatest, percentile } = distribution();
  const [low, high] = scale.kind === 'range' ? [least, greatest] : [percentile(0.5), percentile(99.5)];
  // Nearly all of one value: then what else there is shows best over the whole range.
  return high > low ? stretched(low, high) : stretched(least, greatest);
}

/** The whole range of the stored values, so that 8-bit pixels stay what they are. */
function asItIs(sources: FrameAttributes, description: PixelDescription): Display {
  const modality = modalityOf(sources, description);
  const ends = [modality(0), modality(2 ** description.stored - 1)];
  return stretched(Math.min(...ends), Math.max(...ends));
}

function stretched(low: number, high: number): Display {
  return high > low ? (value) => ((value - low) / (high - low)) * 255 : () => 0;
}

/** The lookup table or window of the file that `choice` counts to, tables first; undefined where it has none at all. */
function ownDisplay(
  sources: FrameAttributes,
  { signed }: PixelDescription,
  choice: number,
): Display | undefined {
  const tables = sources.all.items('x00283010').flatMap((item) => readLookupTable(item, signed) ?? []);
  const windows = readWindows(within(sources, 'x00289132', 'x00281050'));
  const all = [...tables.map(looked), ...windows.map(windowed)];
  if (all.length === 0) return undefined;
  if (choice >= all.length) {
    throw new Refusal(`it has ${all.length} lookup tables and windows, and so no ${choice + 1}th`);
  }
  return all[choice];
}

function looked(table: LookupTable): Display {
  const { values, bits } = table;
  return (value) => (values[tableIndex(table, value)] / (2 ** bits - 1)) * 255;
}

const shapes: Readonly<Record<string, Window['shape']>> = {
  LINEAR: 'linear',
  LINEAR_EXACT: 'linear-exact',
  SIGMOID: 'sigmoid',
};

function readWindows(attributes: Attributes): Window[] {
  const widths = attributes.decimals('x00281051');
  const shape = shapes[attributes.text('x00281056') ?? 'LINEAR'] ?? 'linear';
  return attributes.decimals('x00281050').flatMap((centre, i) => {
    const width = widths[i];
    const isValid = Number.isFinite(centre) && Number.isFinite(width);
    return isValid && (shape === 'linear' ? width >= 1 : width > 0) ? [{ centre, width, shape }] : [];
  });
}

/** PS3.3, C.11.2.1.2 (linear), C.11.2.1.3.1 (sigmoid) and C.11.2.1.3.2 (linear exact). */
function windowed({ centre, width, shape }: Window): Display {
  switch (shape) {
    case 'linear-exact':
      return (value) => ((value - centre) / width + 0.5) * 255;
    case 'sigmoid':
      return (value) => 255 / (1 + Math.exp((-4 * (value - centre)) / width));
    case 'linear':
      return width === 1
        ? (value) => (value > centre - 0.5 ? 255 : 0)
        : (value) => ((value - (centre - 0.5)) / (width - 1) + 0.5) * 255;
  }
}

interface Distribution {
  readonly least: number;
  readonly greatest: number;
  /** The value that at least this many percent of the others do not exceed. */
  percentile(percent: number): number;
}

/** More values than this that are not tabled are sampled evenly. */
const MOST_SORTED = 2 ** 20;

/** Of the modality values, padding and what is no number left out. */
function distributionOf(
  stored: SampleArray,
  modality: (value: number) => number,
  isPadding: (value: number) => boolean,
): Distribution {
  const counted = countValues(stored)
    .filter(({ value }) => Number.isFinite(value) && !isPadding(value))
    .map(({ value, count }) => ({ value: modality(value), count }))
    .sort((a, b) => a.value - b.value);
  if (counted.length === 0) return { least: 0, greatest: 0, percentile: () => 0 };
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  const percentile = (percent: number) => {
    const rank = Math.max(1, Math.ceil((percent / 100) * total));
    let below = 0;
    return counted.find(({ count }) => (below += count) >= rank)!.value;
  };
  return { least: counted[0].value, greatest: counted.at(-1)!.value, percentile };
}

/** Each value with how often it occurs; where there are very many different ones, of an even sample and of the ends. */
function countValues(stored: SampleArray): { value: number; count: number }[] {
  const { least, greatest } = extent(stored);
  if (isTabled(stored, least, greatest)) {
    const counts = new Uint32Array(greatest - least + 1);
    for (let i = 0; i < stored.length; i++) counts[stored[i] - least]++;
    return Array.from(counts, (count, i) => ({ value: least + i, count })).filter(({ count }) => count > 0);
  }
  const every = Math.ceil(stored.length / MOST_SORTED);
  const sampled = [least, greatest].map((value) => ({ value, count: 0 }));
  for (let i = 0; i < stored.length; i += every) sampled.push({ value: stored[i], count: 1 });
  return sampled;
}
