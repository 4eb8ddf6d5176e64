/**
 * @file TFRecord files: each record is its length (8 bytes), the length's checksum (4), the data, and the data's
 * checksum (4), little endian. Both checksums are compared.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';
import { crc32c } from './crc32c.js';
import { fileProblem } from './decode.js';

export interface TfRecord {
  /** Counted from 0. */
  readonly index: number;
  /** Where the data begin in the file, in bytes. */
  readonly offset: number;
  /** Valid until the next record is asked for. */
  readonly data: Uint8Array;
}

const HEADER_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** How much is read from the disk at a time, unless one record is larger. */
const CHUNK_BYTES = 4 * 2 ** 20;

/**
 * The records of a file, in order.
 * @throws TransfuseError `bad-tfrecord` naming the file and the record that is damaged or cut short
 */
export async function* readTfRecords(file: string): AsyncGenerator<TfRecord> {
  const handle = await open(file).catch((error) => {
    throw new TransfuseError('bad-tfrecord', `cannot read ${file}: ${fileProblem(error)}`, { cause: error });
  });
  try {
    const window = new FileWindow(handle, (await handle.stat()).size);
    let offset = 0;
    for (let index = 0; offset < window.fileBytes; index++) {
      const bad = (what: string) => new TransfuseError('bad-tfrecord', `${file}, record ${index}: ${what}`);
      const header = await window.read(offset, HEADER_BYTES);
      if (header === undefined) throw bad('the file ends within its header; fetch the file again');
      if (index === 0 && header[0] === 0x1f && header[1] === 0x8b) {
        throw new TransfuseError('bad-tfrecord', `${file} is gzip-compressed; unpack it first`);
      }
      if (masked(header.subarray(0, 8)) !== word(header, 8)) {
        throw bad(
          index === 0
            ? 'its length has a wrong checksum; the file is no TFRecord file, or damaged'
            : 'its length has a wrong checksum; the file is damaged, fetch it again',
        );
      }
      const length = word(header, 0) + word(header, 4) * 2 ** 32;
      offset += HEADER_BYTES;
      const body = await window.read(offset, length + CHECKSUM_BYTES);
      if (body === undefined) {
        const missing = offset + length + CHECKSUM_BYTES - window.fileBytes;
        throw bad(`the file ends ${missing} bytes too early; fetch it again`);
      }
      const data = body.subarray(0, length);
      if (masked(data) !== word(body, length))
        throw bad('its data have a wrong checksum; the file is damaged');
      yield { index, offset, data };
      offset += length + CHECKSUM_BYTES;
    }
  } finally {
    await handle.close();
  }
}

/** A part of the file in memory, moved along. */
class FileWindow {
  private buffer = new Uint8Array(0);
  private start = 0;

  constructor(
    private readonly handle: FileHandle,
    readonly fileBytes: number,
  ) {}

  /** Bytes of the file, or undefined where it ends before. */
  async read(offset: number, length: number): Promise<Uint8Array | undefined> {
    if (offset + length > this.fileBytes) return undefined;
    if (offset + length > this.start + this.buffer.length) await this.move(offset, length);
    return this.buffer.subarray(offset - this.start, offset - this.start + length);
  }

  private async move(offset: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, CHUNK_BYTES), this.fileBytes - offset);
    const buffer = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.handle.read(buffer, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break; // it shrank meanwhile; the checksum will tell
      filled += bytesRead;
    }
    this.buffer = buffer;
    this.start = offset;
  }
}

/** TFRecord's mask: checksums of data that hold checksums are weak, so they are turned and shifted. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
