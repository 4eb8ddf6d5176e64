/** @file Whether a file on disk is DICOM. */
import { closeSync, openSync, readSync } from 'node:fs';
import { HEAD_BYTES, recogniseDicom } from './recognise.js';

/** Whether a file begins like DICOM; one that cannot be opened does not. */
export function isDicomFile(path: string): boolean {
  const head = new Uint8Array(HEAD_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return recogniseDicom(head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0))) !== undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
