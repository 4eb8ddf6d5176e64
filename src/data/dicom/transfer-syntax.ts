/** @file Transfer syntaxes: how a data set is written, and which codec its frames went through (PS3.5, annexes A and 10). */

export type Codec = 'native' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000';

export interface TransferSyntax {
  readonly codec: Codec;
  readonly encoding: 'explicit' | 'implicit' | 'big-endian';
  readonly deflated?: boolean;
}

const explicit = (codec: Codec): TransferSyntax => ({ codec, encoding: 'explicit' });

const JPEG_LAST = 70;

/** By UID; each JPEG process has its own, and its frames say again which process they went through. */
const table: Readonly<Record<string, TransferSyntax>> = {
  '1.2.840.10008.1.2': { codec: 'native', encoding: 'implicit' },
  '1.2.840.10008.1.2.1': explicit('native'),
  '1.2.840.10008.1.2.1.99': { codec: 'native', encoding: 'explicit', deflated: true },
  '1.2.840.10008.1.2.2': { codec: 'native', encoding: 'big-endian' },
  '1.2.840.10008.1.2.5': explicit('rle'),
  '1.2.840.10008.1.2.4.80': explicit('jpeg-ls'),
  '1.2.840.10008.1.2.4.81': explicit('jpeg-ls'),
  '1.2.840.10008.1.2.4.90': explicit('jpeg-2000'),
  '1.2.840.10008.1.2.4.91': explicit('jpeg-2000'),
  // High-throughput JPEG 2000: lossless, lossless with RPCL, and lossy.
  '1.2.840.10008.1.2.4.201': explicit('jpeg-2000'),
  '1.2.840.10008.1.2.4.202': explicit('jpeg-2000'),
  '1.2.840.10008.1.2.4.203': explicit('jpeg-2000'),
  ...Object.fromEntries(
    Array.from({ length: JPEG_LAST - 49 }, (_, i) => [`1.2.840.10008.1.2.4.${50 + i}`, explicit('jpeg')]),
  ),
};

export function transferSyntax(uid: string): TransferSyntax | undefined {
  return Object.hasOwn(table, uid) ? table[uid] : undefined;
}
