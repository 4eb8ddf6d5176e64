/** @file Checksums of files, as publishers give them: whole, or the first digits. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface Checksum {
  readonly algorithm: 'md5' | 'sha256';
  /** All of it, or its beginning. */
  readonly hex: string;
}

/** The file's own checksum where it is another than the given one, as much of it as that has. */
export async function otherChecksum(file: string, { algorithm, hex }: Checksum): Promise<string | undefined> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  const own = hash.digest('hex').slice(0, hex.length);
  return own === hex ? undefined : own;
}
