/** @file The scans of a JPEG: their headers, tables, and entropy-coded bits (ITU-T T.81, annexes B and F). */
import { Refusal } from '../../refusal.js';
import { type JpegFrame, word } from './jpeg-frame.js';

export const cutShort = () => new Refusal('its compressed frame is cut short');
export const damaged = () => new Refusal('its compressed frame is damaged');

/** Code lengths and values of a Huffman table, as the file gives them. */
interface TableSource {
  readonly counts: Uint8Array;
  readonly values: Uint8Array;
}

export interface ScanComponent {
  /** Position among the frame's components. */
  readonly index: number;
  readonly dc?: HuffmanTable;
  readonly ac?: HuffmanTable;
}

export interface Scan {
  readonly components: readonly ScanComponent[];
  /** First and last coefficient; of lossless scans the first is the predictor. */
  readonly start: number;
  readonly end: number;
  /** Successive approximation; of lossless scans `low` is the point transform. */
  readonly high: number;
  readonly low: number;
  /** Units between restarts, 0 for none. */
  readonly restart: number;
  readonly bits: BitReader;
}

/** More than any script of progressive scans has; so that many scans of nothing cannot cost hours. */
const MOST_SCANS = 100;

/**
 * Reads a JPEG scan by scan.
 * @returns quantisation tables in zigzag order, by number
 * @throws Refusal where it ends before its end marker, or is damaged
 */
export function readScans(bytes: Uint8Array, frame: JpegFrame, onScan: (scan: Scan) => void): Uint16Array[] {
  const quantisation: Uint16Array[] = [];
  const sources = new Map<number, TableSource>();
  const tables = new Map<TableSource, HuffmanTable>();
  const tableOf = (key: number): HuffmanTable | undefined => {
    const source = sources.get(key);
    if (source === undefined) return undefined;
    if (!tables.has(source)) tables.set(source, huffmanTable(source));
    return tables.get(source);
  };
  let restart = 0;
  let scans = 0;
  let at = 2;
  while (true) {
    while (at < bytes.length && bytes[at] !== 0xff) at++; // whatever an encoder left behind a scan
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === undefined) {
      // Some writers forget the end marker; the scans themselves tell whether anything is missing.
      if (scans > 0) return quantisation;
      throw cutShort();
    }
    if (marker === 0xd9) return quantisation;
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    const end = at + word(bytes, at);
    if (!(end <= bytes.length && end >= at + 2))
      throw scans > 0 && at >= bytes.length - 1 ? damaged() : cutShort();
    const segment = bytes.subarray(at + 2, end);
    at = end;
    if (marker === 0xc4) readHuffman(segment, sources);
    else if (marker === 0xdb) readQuantisation(segment, quantisation);
    else if (marker === 0xdd) restart = segment.length >= 2 ? word(segment, 0) : 0;
    else if (marker === 0xda) {
      if (++scans > MOST_SCANS) throw damaged();
      const bits = new BitReader(bytes, end);
      onScan({ ...scanHeader(segment, frame, tableOf), restart, bits });
      at = bits.position;
    }
  }
}

function readHuffman(segment: Uint8Array, sources: Map<number, TableSource>) {
  for (let at = 0; at < segment.length; ) {
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const values = segment.subarray(at + 17, at + 17 + total);
    if (counts.length < 16 || values.length < total || total > 256) throw damaged();
    sources.set(segment[at], { counts, values });
    at += 17 + total;
  }
}

function readQuantisation(segment: Uint8Array, tables: Uint16Array[]) {
  for (let at = 0; at < segment.length; ) {
    const [wide, number] = [segment[at] >> 4, segment[at] & 15];
    const size = wide ? 2 : 1;
    if (number > 3 || at + 1 + 64 * size > segment.length) throw damaged();
    const from = at + 1;
    tables[number] = Uint16Array.from({ length: 64 }, (_, i) =>
      wide ? word(segment, from + i * 2) : segment[from + i],
    );
    at += 1 + 64 * size;
  }
}

const AC = 0x10;

function scanHeader(
  segment: Uint8Array,
  frame: JpegFrame,
  tableOf: (key: number) => HuffmanTable | undefined,
): Omit<Scan, 'restart' | 'bits'> {
  const count = segment[0];
  if (!(count >= 1 && count <= 4) || segment.length < 4 + count * 2) throw damaged();
  const components = Array.from({ length: count }, (_, i) => {
    const [id, selector] = segment.subarray(1 + i * 2);
    const index = frame.components.findIndex((component) => component.id === id);
    if (index < 0) throw damaged();
    return { index, dc: tableOf(selector >> 4), ac: tableOf(AC | (selector & 15)) };
  });
  if (new Set(components.map(({ index }) => index)).size < count) throw damaged();
  const [start, end, approximation] = segment.subarray(1 + count * 2);
  return { components, start, end, high: approximation >> 4, low: approximation & 15 };
}

/** For each 16 bits that may come, the value that they begin with and the length of its code; 0 where there is none. */
export type HuffmanTable = Uint16Array;

const LONGEST_CODE = 16;

/** Canonical codes (T.81, annex C), spread over all continuations. */
function huffmanTable({ counts, values }: TableSource): HuffmanTable {
  const table = new Uint16Array(1 << LONGEST_CODE);
  let code = 0;
  let k = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    for (let i = 0; i < counts[length - 1]; i++, code++, k++) {
      if (code >= 1 << length) throw damaged();
      const shift = LONGEST_CODE - length;
      table.fill((values[k] << 8) | length, code << shift, (code + 1) << shift);
    }
    code <<= 1;
  }
  return table;
}

/** Bits of a scan, highest first; zeros follow the last byte, but none of them may be used up. */
export class BitReader {
  private window = 0;
  private count = 0;
  private padding = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** Of the next byte; a marker stays unread. */
    public position: number,
  ) {}

  /** The value that the next bits code. */
  decode(table: HuffmanTable): number {
    if (this.count < LONGEST_CODE) this.fill();
    const entry = table[(this.window >>> (this.count - LONGEST_CODE)) & 0xffff];
    this.use(entry & 0xff);
    if (entry === 0) throw damaged();
    return entry >> 8;
  }

  /** The next bits as a number. @param n 1 to 16 */
  receive(n: number): number {
    if (this.count < n) this.fill();
    const value = (this.window >>> (this.count - n)) & ((1 << n) - 1);
    this.use(n);
    return value;
  }

  /** `n` bits as a difference (T.81, F.2.2.1): those that begin with 0 are negative. */
  difference(n: number): number {
    if (n === 0) return 0;
    const value = this.receive(n);
    return value < 1 << (n - 1) ? value - (1 << n) + 1 : value;
  }

  /** Goes on behind the restart marker that must come next. */
  restart(): void {
    this.window = this.count = this.padding = 0;
    const { bytes } = this;
    while (bytes[this.position] === 0xff && bytes[this.position + 1] === 0xff) this.position++;
    const marker = bytes[this.position + 1];
    if (bytes[this.position] !== 0xff || !(marker >= 0xd0 && marker <= 0xd7)) throw damaged();
    this.position += 2;
  }

  private use(n: number) {
    this.count -= n;
    if (this.count < this.padding) throw cutShort();
  }

  private fill() {
    const { bytes } = this;
    while (this.count <= 16) {
      let byte = bytes[this.position];
      if (byte === undefined || (byte === 0xff && bytes[this.position + 1] !== 0)) {
        byte = 0;
        this.padding += 8;
      } else this.position += byte === 0xff ? 2 : 1;
      this.window = ((this.window & 0xffff) << 8) | byte;
      this.count += 8;
    }
  }
}
