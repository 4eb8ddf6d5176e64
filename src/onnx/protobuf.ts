/** @file Protobuf fields with every length checked: pbf reads varints and floats, this layer refuses to run past an end. */
import { PbfReader } from 'pbf';

/** What a wire type is called in the protobuf documentation. */
const wireTypes = ['VARINT', 'I64', 'LEN', 'SGROUP', 'EGROUP', 'I32'];
const VARINT = 0;
const I64 = 1;
const LEN = 2;
const I32 = 5;

/** The bytes are not the protobuf message they should be. `end` is how many bytes they would have needed. */
export class MalformedProtobuf extends Error {
  constructor(
    message: string,
    readonly end = 0,
  ) {
    super(message);
  }
}

/** One field of a message: its number, and its value read as what the schema says it is. */
export class Field {
  constructor(
    readonly number: number,
    private readonly wire: number,
    /** The contents of a length-delimited field; the encoded number otherwise. */
    private readonly contents: Uint8Array,
  ) {}

  bytes(): Uint8Array {
    if (this.wire !== LEN) throw this.unexpected(LEN);
    return this.contents;
  }

  /** Control characters, which have no place in a name and would garble an error that quotes it, become �. */
  text(): string {
    return new TextDecoder().decode(this.bytes()).replaceAll(/\p{Cc}/gu, '\ufffd');
  }

  /** A signed 64-bit integer; beyond ±2⁵³ the nearest number. */
  int(): number {
    if (this.wire !== VARINT) throw this.unexpected(VARINT);
    return new PbfReader(this.contents).readVarint(true);
  }

  float(): number {
    if (this.wire !== I32) throw this.unexpected(I32);
    return view(this.contents).getFloat32(0, true);
  }

  /** A repeated integer field, packed or one at a time. */
  ints(): number[] {
    if (this.wire !== LEN) return [this.int()];
    const reader = new PbfReader(this.contents);
    const values: number[] = [];
    while (reader.pos < this.contents.length) values.push(varint(reader, true));
    return values;
  }

  /** A repeated float field, packed or one at a time. */
  floats(): number[] {
    return this.fixed(I32, 4, (data, at) => data.getFloat32(at, true));
  }

  /** A repeated double field, packed or one at a time. */
  doubles(): number[] {
    return this.fixed(I64, 8, (data, at) => data.getFloat64(at, true));
  }

  private fixed(wire: number, size: number, read: (data: DataView, at: number) => number): number[] {
    if (this.wire !== LEN && this.wire !== wire) throw this.unexpected(wire);
    if (this.contents.length % size !== 0) {
      throw new MalformedProtobuf(`field ${this.number} ends within a number`);
    }
    const data = view(this.contents);
    return Array.from({ length: this.contents.length / size }, (_, i) => read(data, i * size));
  }

  private unexpected(wanted: number): MalformedProtobuf {
    return new MalformedProtobuf(
      `field ${this.number} has wire type ${wireTypes[this.wire]}, not ${wireTypes[wanted]}`,
    );
  }
}

/**
 * The fields of a message in file order.
 * @throws MalformedProtobuf at the first field that is not complete
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = new PbfReader(message);
  while (reader.pos < message.length) {
    const tag = varint(reader);
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (number === 0 || !Number.isSafeInteger(tag))
      throw new MalformedProtobuf(`a field has the number ${number}`);
    if (wire === LEN) {
      const length = varint(reader);
      yield new Field(number, wire, take(reader, length));
    } else if (wire === VARINT) {
      const start = reader.pos;
      varint(reader);
      yield new Field(number, wire, message.subarray(start, reader.pos));
    } else if (wire === I32 || wire === I64) {
      yield new Field(number, wire, take(reader, wire === I32 ? 4 : 8));
    } else {
      throw new MalformedProtobuf(`field ${number} has the unknown wire type ${wire}`);
    }
  }
}

function varint(reader: PbfReader, signed = false): number {
  let end = reader.pos;
  while (end < reader.length && reader.buf[end]! >= 0x80) end++;
  if (end >= reader.length) throw new MalformedProtobuf('the bytes end within a number', end + 1);
  if (end - reader.pos > 9) throw new MalformedProtobuf('a number is longer than ten bytes');
  return reader.readVarint(signed);
}

function take(reader: PbfReader, length: number): Uint8Array {
  const end = reader.pos + length;
  if (end > reader.length) throw new MalformedProtobuf('the bytes end within a field', end);
  const contents = reader.buf.subarray(reader.pos, end);
  reader.pos = end;
  return contents;
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
