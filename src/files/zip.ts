/**
 * @file Zip archives (zip64 too), read where they lie: one entry at a time, or a part of a stored one. yauzl reads
 * their directory; sizes and checksums are compared here.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import yauzl, { type Entry } from 'yauzl';
import { TransfuseError } from '../errors.js';
import { cannotWrite } from './atomic.js';

/** Deflate packs at most 1032:1; an entry that claims more is damaged, or wants our memory. */
const HIGHEST_COMPRESSION = 1040;
const STORED = 0;
const DEFLATED = 8;
const READ_BYTES = 2 ** 20;

/**
 * Opens a zip archive for reading. Close it when done.
 * @throws TransfuseError `file-not-found`, or `bad-zip` where it is something else, truncated or damaged
 */
export async function openZip(file: string): Promise<ZipArchive> {
  if (!existsSync(file)) throw new TransfuseError('file-not-found', `${file} does not exist`);
  try {
    const zip = await yauzl.openPromise(file, { lazyEntries: true, autoClose: false });
    try {
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
      return new ZipArchive(file, zip, entries);
    } catch (error) {
      zip.close();
      throw error;
    }
  } catch (error) {
    throw badZip(file, (error as Error).message, error);
  }
}

export class ZipArchive {
  constructor(
    /** As it was given, for messages. */
    readonly source: string,
    private readonly zip: yauzl.ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  close(): void {
    this.zip.close();
  }

  /** In the order of the archive's directory. */
  get names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** The unpacked size of an entry in bytes, as the archive claims; reading it finds out. */
  size(name: string): number {
    return this.entry(name).uncompressedSize;
  }

  /**
   * The whole of an entry, its checksum compared.
   * @param limit refuse it beyond so many bytes
   * @throws TransfuseError `missing-entry`, or `bad-zip`
   */
  async read(name: string, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const size = this.size(name);
    if (size > limit) throw this.bad(`${name} has ${size} bytes; at most ${limit} are expected there`);
    return gather(this.checked(name));
  }

  /**
   * Bytes [from, to) of an entry that is stored without compression, as PyTorch's and most NumPy archives are.
   * Their checksum is not compared, as it is that of the whole entry.
   * @throws TransfuseError `missing-entry`, or `bad-zip` where it is compressed or ends before
   */
  async readPart(name: string, from: number, to: number): Promise<Uint8Array> {
    const entry = this.entry(name);
    if (!this.isStored(name)) throw this.bad(`${name} is compressed, so no part of it can be read alone`);
    if (!(from >= 0 && from <= to && to <= entry.uncompressedSize)) {
      throw this.bad(
        `${name} has ${entry.uncompressedSize} bytes; those from ${from} to ${to} were asked for`,
      );
    }
    return gather(this.bytes(name, from, to));
  }

  /** Whether an entry is stored without compression. */
  isStored(name: string): boolean {
    const entry = this.entry(name);
    return entry.compressionMethod === STORED && !entry.isEncrypted();
  }

  /**
   * Unpacks an entry to a file, its checksum compared.
   * @throws TransfuseError `missing-entry`, `bad-zip` or `cannot-write`
   */
  async extract(name: string, file: string): Promise<void> {
    try {
      await pipeline(this.checked(name), createWriteStream(file));
    } catch (error) {
      throw error instanceof TransfuseError ? error : cannotWrite(file, error);
    }
  }

  /** An unpacked entry, piece by piece, which fails where size or checksum are not as the archive says. */
  private async *checked(name: string): AsyncGenerator<Uint8Array> {
    const { compressedSize, uncompressedSize, compressionMethod, crc32: expected } = this.entry(name);
    if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
      throw this.bad(
        `${name} is packed by method ${compressionMethod}; those that are read are ${STORED} (stored) and ${DEFLATED} (deflate)`,
      );
    }
    if (uncompressedSize > compressedSize * HIGHEST_COMPRESSION) {
      throw this.bad(`${name} claims to unpack from ${compressedSize} to ${uncompressedSize} bytes`);
    }
    const packed = this.bytes(name, 0, compressedSize);
    let checksum = 0;
    let size = 0;
    for await (const chunk of compressionMethod === STORED ? packed : this.inflated(name, packed)) {
      checksum = crc32(chunk, checksum);
      size += chunk.length;
      if (size > uncompressedSize) break;
      yield chunk;
    }
    if (size !== uncompressedSize) throw this.bad(`${name} does not unpack to ${uncompressedSize} bytes`);
    if (checksum !== expected) throw this.bad(`the checksum of ${name} is wrong`);
  }

  private async *inflated(name: string, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const inflate = createInflateRaw();
    const feeding = pipeline(packed, inflate);
    try {
      yield* inflate;
      await feeding;
    } catch (error) {
      throw badZip(this.source, `${name}: ${(error as Error).message}`, error);
    } finally {
      feeding.catch(() => undefined);
    }
  }

  /** Bytes [from, to) of an entry as they lie in the archive. */
  private async *bytes(name: string, from: number, to: number): AsyncGenerator<Uint8Array> {
    const entry = this.entry(name);
    if (entry.isEncrypted()) throw this.bad(`${name} is encrypted`);
    if (from === to) return;
    try {
      const { fileDataStart } = await this.zip.readLocalFileHeaderPromise(entry, { minimal: true });
      const [start, end] = [fileDataStart + from, fileDataStart + to - 1];
      let length = 0;
      for await (const chunk of createReadStream(this.source, { start, end, highWaterMark: READ_BYTES })) {
        length += chunk.length;
        yield chunk;
      }
      if (length !== to - from) throw new Error('the file ends before');
    } catch (error) {
      throw badZip(this.source, `${name}: ${(error as Error).message}`, error);
    }
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (entry) return entry;
    const names = this.names;
    const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? ` and ${names.length - 12} more` : '');
    throw new TransfuseError(
      'missing-entry',
      `${this.source} has no ${name}; it holds ${shown || 'nothing'}`,
    );
  }

  private bad(why: string): TransfuseError {
    return badZip(this.source, why);
  }
}

function badZip(source: string, why: string, cause?: unknown): TransfuseError {
  return new TransfuseError('bad-zip', `${source} is not a sound zip archive: ${why}`, { cause });
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const list: Uint8Array[] = [];
  for await (const chunk of chunks) list.push(chunk);
  const whole = new Uint8Array(list.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of list) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
