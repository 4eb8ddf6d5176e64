/** @file Weights kept in files beside the model: found within the model's folder only, offsets and lengths checked. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { TransfuseError } from '../errors.js';
import type { ReadExternal } from './tensor-data.js';

/** Opens each file of external data once, and closes them all at the end. */
export class ExternalFiles {
  private readonly open = new Map<string, { descriptor: number; size: number }>();

  constructor(private readonly folder: string) {}

  /** Paths of the files read so far, in order of first use. */
  get paths(): string[] {
    return [...this.open.keys()];
  }

  readonly read: ReadExternal = (tensor, { location, offset, length = undefined }, size) => {
    const { descriptor, size: available } = this.file(tensor, location);
    if (length !== undefined && length !== size) {
      throw new TransfuseError(
        'external-data-damaged',
        `tensor ${tensor} needs ${size} bytes, but the model says that ${location} holds ${length} for it`,
      );
    }
    if (offset + size > available) {
      throw new TransfuseError(
        'external-data-damaged',
        `${location} is truncated: tensor ${tensor} lies at bytes ${offset} to ${offset + size}, the file has ${available}`,
      );
    }
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      done += readSync(descriptor, bytes, done, size - done, offset + done);
    }
    return bytes;
  };

  close(): void {
    for (const { descriptor } of this.open.values()) closeSync(descriptor);
    this.open.clear();
  }

  private file(tensor: string, location: string): { descriptor: number; size: number } {
    const path = join(this.folder, location);
    const known = this.open.get(path);
    if (known) return known;
    if (isAbsolute(location) || normalize(location).split(/[\\/]/)[0] === '..') {
      throw new TransfuseError(
        'external-data-outside',
        `tensor ${tensor} wants to read ${location}, outside the model's folder; external data must lie beside the model`,
      );
    }
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch (cause) {
      throw new TransfuseError(
        'external-data-missing',
        `tensor ${tensor} keeps its values in ${location}, which is not in ${this.folder}; put the file beside the model`,
        { cause },
      );
    }
    const opened = { descriptor, size: fstatSync(descriptor).size };
    this.open.set(path, opened);
    return opened;
  }
}
