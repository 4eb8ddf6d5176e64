/** @file Codecs as WebAssembly: loaded when first needed, loaded anew after they failed or grew large. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Refusal } from '../../refusal.js';
import type { SampleArray } from '../samples.js';

/** What the decoders of the cornerstone codecs have in common. */
interface Decoder {
  /** Memory of the module to put an encoded frame into. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): FrameInfo;
  getInterleaveMode?(): number;
  delete(): void;
}

interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned?: boolean;
}

type Module = { readonly HEAPU8: Uint8Array } & Readonly<Record<string, new () => Decoder>>;

export interface WasmFrame {
  readonly data: SampleArray;
  readonly precision: number;
  /** 0 where colour is plane after plane. */
  readonly interleaveMode?: number;
}

/** Memory of WebAssembly never shrinks; beyond this much it is given back by starting anew. */
const MOST_KEPT = 128 * 2 ** 20;

const require = createRequire(import.meta.url);

/** A function that decodes one frame, its sizes checked beforehand, with a decoder class of a package. */
export function wasmDecoder(packageName: string, decoderName: string) {
  let loading: Promise<Module> | undefined;

  function load(): Promise<Module> {
    const start = require(`${packageName}/decodewasmjs`);
    const wasmBinary = readFileSync(require.resolve(`${packageName}/decodewasm`));
    const quiet = () => {};
    return start({ wasmBinary, print: quiet, printErr: quiet });
  }

  /** @throws Refusal where the frame is damaged, or not of this size */
  return async (bytes: Uint8Array, rows: number, columns: number, samples: number): Promise<WasmFrame> => {
    loading ??= load();
    const module = await loading;
    try {
      const decoder = new module[decoderName]();
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      decoder.decode();
      const { width, height, componentCount, bitsPerSample, isSigned } = decoder.getFrameInfo();
      const decoded = decoder.getDecodedBuffer().slice();
      const interleaveMode = decoder.getInterleaveMode?.();
      decoder.delete();
      const size = decoded.length / (rows * columns * samples);
      if (width !== columns || height !== rows || componentCount !== samples || ![1, 2, 4].includes(size)) {
        throw new Refusal('its frame is of another size than its header says');
      }
      return { data: numbers(decoded, size, isSigned === true), precision: bitsPerSample, interleaveMode };
    } catch (error) {
      loading = undefined;
      throw error instanceof Refusal ? error : new Refusal('its compressed frame is damaged or cut short');
    } finally {
      if (module.HEAPU8.byteLength > MOST_KEPT) loading = undefined;
    }
  };
}

function numbers({ buffer }: Uint8Array<ArrayBuffer>, size: number, signed: boolean): SampleArray {
  if (size === 1) return signed ? new Int8Array(buffer) : new Uint8Array(buffer);
  if (size === 2) return signed ? new Int16Array(buffer) : new Uint16Array(buffer);
  return signed ? new Int32Array(buffer) : new Uint32Array(buffer);
}
