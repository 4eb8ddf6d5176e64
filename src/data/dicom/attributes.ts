/** @file The attributes of a data set, read leniently: what is absent, cut short or no number is undefined. */
import type { DataSet, Element } from 'dicom-parser';

/** A tag as dicom-parser writes it: `x`, group, element, in lower-case hexadecimal. */
export type Tag = `x${string}`;

export class Attributes {
  constructor(
    private readonly dataSet: DataSet,
    private readonly little: boolean,
  ) {}

  /** Where an element lies; its length may lie beyond the end of the file. */
  element(tag: Tag): Element | undefined {
    return Object.hasOwn(this.dataSet.elements, tag) ? this.dataSet.elements[tag] : undefined;
  }

  /** Whether there are elements behind a tag, so that one that is not there is nowhere. */
  goesBeyond(tag: Tag): boolean {
    return Object.keys(this.dataSet.elements).some((other) => other > tag);
  }

  /** The bytes of a value, undefined where there are none or some are missing. */
  bytes(tag: Tag): Uint8Array | undefined {
    const element = this.element(tag);
    if (element === undefined || element.length === 0) return undefined;
    const { byteArray } = this.dataSet;
    const { dataOffset, length } = element;
    return dataOffset + length <= byteArray.length
      ? byteArray.subarray(dataOffset, dataOffset + length)
      : undefined;
  }

  /** The values of a text attribute, without padding; empty ones count. Only ASCII can be relied on. */
  texts(tag: Tag): string[] {
    const bytes = this.bytes(tag);
    if (bytes === undefined || bytes.length > LONGEST_TEXT) return [];
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    return text.split('\\').map((value) => value.replace(/\0/g, ' ').trim());
  }

  /** The first value of a text attribute, undefined where it is empty. */
  text(tag: Tag): string | undefined {
    return this.texts(tag)[0] || undefined;
  }

  /** The numbers of a decimal or integer string, of which those that are none are NaN. */
  decimals(tag: Tag): number[] {
    return this.texts(tag).map((text) => (text === '' ? Number.NaN : Number(text)));
  }

  decimal(tag: Tag): number | undefined {
    const [value] = this.decimals(tag);
    return Number.isFinite(value) ? value : undefined;
  }

  /** 16-bit words. */
  words(tag: Tag): Uint16Array | undefined {
    const bytes = this.bytes(tag);
    return bytes && wordsOf(bytes, this.little);
  }

  /** The first of 16-bit words. */
  word(tag: Tag): number | undefined {
    return this.words(tag)?.[0];
  }

  /** The items of a sequence. */
  items(tag: Tag): Attributes[] {
    const items = this.element(tag)?.items ?? [];
    return items.flatMap(({ dataSet }) => (dataSet ? [new Attributes(dataSet, this.little)] : []));
  }
}

/** More than any list of windows; not so much that a hostile length costs. */
const LONGEST_TEXT = 2 ** 16;

/** 16-bit words; an odd byte at the end is left out. */
export function wordsOf(bytes: Uint8Array, little: boolean): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(i * 2, little));
}
