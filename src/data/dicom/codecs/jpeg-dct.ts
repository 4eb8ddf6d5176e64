/**
 * @file Lossy JPEG of 12 bits, sequential and progressive (ITU-T T.81, annexes F and G): DICOM's JPEG Extended. Ours,
 * because libjpeg as sharp brings it reads 8 bits only, and no maintained package on npm reads 12.
 */
import { Refusal } from '../../refusal.js';
import type { JpegComponent, JpegFrame } from './jpeg-frame.js';
import { type BitReader, damaged, type HuffmanTable, readScans, type Scan } from './jpeg-scan.js';

const PROGRESSIVE = 0xc2;

/** Position in a block, row by row, of each coefficient as it is coded. */
// biome-ignore format: eight rows of eight
const zigzag = Uint8Array.of(
  0, 1, 8, 16, 9, 2, 3, 10,
  17, 24, 32, 25, 18, 11, 4, 5,
  12, 19, 26, 33, 40, 48, 41, 34,
  27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36,
  29, 22, 15, 23, 30, 37, 44, 51,
  58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
);

/** One component's coefficients, 64 for each block. */
interface Plane {
  readonly component: JpegComponent;
  /** Blocks that hold pixels. */
  readonly across: number;
  readonly down: number;
  /** Blocks in a row, the padding of interleaved scans included. */
  readonly stride: number;
  readonly coefficients: Int16Array;
}

/**
 * @returns [height, width, components]
 * @throws Refusal
 */
export function decodeDct(bytes: Uint8Array, frame: JpegFrame): Uint16Array {
  const { height, width, precision } = frame;
  const most = (way: 'horizontal' | 'vertical') => Math.max(...frame.components.map((c) => c[way]));
  const [wide, high] = [most('horizontal'), most('vertical')];
  const units = { across: Math.ceil(width / (8 * wide)), down: Math.ceil(height / (8 * high)) };
  const planes = frame.components.map((component): Plane => {
    const { horizontal, vertical } = component;
    if (wide % horizontal !== 0 || high % vertical !== 0 || wide > 4 || high > 4) {
      throw new Refusal('its frame is subsampled in an uncommon way');
    }
    const stride = units.across * horizontal;
    return {
      component,
      across: Math.ceil(Math.ceil((width * horizontal) / wide) / 8),
      down: Math.ceil(Math.ceil((height * vertical) / high) / 8),
      stride,
      coefficients: new Int16Array(stride * units.down * vertical * 64),
    };
  });
  const seen = new Set<number>();
  const tables = readScans(bytes, frame, (scan) => {
    decodeScan(scan, planes, units, frame.marker === PROGRESSIVE);
    for (const { index } of scan.components) seen.add(index);
  });
  if (seen.size < planes.length) throw new Refusal('its compressed frame lacks a scan');

  const data = new Uint16Array(height * width * planes.length);
  planes.forEach((plane, index) => {
    const { horizontal, vertical, table } = plane.component;
    if (tables[table] === undefined) throw damaged();
    const samples = inverseTransform(plane, tables[table], precision);
    const [shrinkX, shrinkY] = [wide / horizontal, high / vertical];
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / shrinkY) * plane.stride * 8;
      for (let x = 0; x < width; x++) {
        data[(y * width + x) * planes.length + index] = samples[row + Math.floor(x / shrinkX)];
      }
    }
  });
  return data;
}

/** Decodes one block of coefficients beginning at `at`; `lane` remembers what goes from block to block. */
type BlockDecoder = (coefficients: Int16Array, at: number, lane: Lane) => void;

interface Lane {
  readonly dc?: HuffmanTable;
  readonly ac?: HuffmanTable;
  /** The last block's mean. */
  prediction: number;
}

function decodeScan(
  scan: Scan,
  planes: readonly Plane[],
  units: { across: number; down: number },
  isProgressive: boolean,
) {
  const { components, restart, bits } = scan;
  const run = { blocks: 0 };
  const decode = isProgressive ? progressive(scan, run) : sequential(bits);
  const lanes = components.map(({ index, dc, ac }) => ({
    plane: planes[index],
    lane: { dc, ac, prediction: 0 },
  }));
  const [{ plane, lane }] = lanes;
  // A scan of one component counts its blocks; one of several counts units with all blocks of each.
  const isSingle = lanes.length === 1;
  const across = isSingle ? plane.across : units.across;
  const count = across * (isSingle ? plane.down : units.down);
  for (let unit = 0; unit < count; unit++) {
    if (restart > 0 && unit > 0 && unit % restart === 0) {
      bits.restart();
      run.blocks = 0;
      for (const each of lanes) each.lane.prediction = 0;
    }
    const [y, x] = [Math.floor(unit / across), unit % across];
    if (isSingle) {
      decode(plane.coefficients, (y * plane.stride + x) * 64, lane);
      continue;
    }
    for (const { plane, lane } of lanes) {
      const { horizontal, vertical } = plane.component;
      for (let v = 0; v < vertical; v++) {
        for (let h = 0; h < horizontal; h++) {
          const block = (y * vertical + v) * plane.stride + x * horizontal + h;
          decode(plane.coefficients, block * 64, lane);
        }
      }
    }
  }
}

function sequential(bits: BitReader): BlockDecoder {
  return (coefficients, at, lane) => {
    if (lane.dc === undefined || lane.ac === undefined) throw damaged();
    coefficients[at] = lane.prediction += meanDifference(bits, lane.dc);
    for (let k = 1; k < 64; k++) {
      const symbol = bits.decode(lane.ac);
      const length = symbol & 15;
      if (length === 0) {
        if (symbol !== 0xf0) return;
        k += 15;
        continue;
      }
      k += symbol >> 4;
      if (k > 63) throw damaged();
      coefficients[at + zigzag[k]] = bits.difference(length);
    }
  };
}

function meanDifference(bits: BitReader, table: HuffmanTable): number {
  const length = bits.decode(table);
  if (length > 16) throw damaged();
  return bits.difference(length);
}

/** @param run how many further blocks have no more coefficients in this scan */
function progressive(
  { start, end, high, low, bits, components }: Scan,
  run: { blocks: number },
): BlockDecoder {
  const isMean = start === 0;
  if (end > 63 || start > end || low > 13 || (isMean ? end !== 0 : components.length !== 1)) throw damaged();
  if (isMean && high === 0) {
    return (coefficients, at, lane) => {
      if (lane.dc === undefined) throw damaged();
      coefficients[at] = (lane.prediction += meanDifference(bits, lane.dc)) << low;
    };
  }
  if (isMean) {
    return (coefficients, at) => {
      coefficients[at] |= bits.receive(1) << low;
    };
  }
  /** The blocks from this one on that end here (G.1.2.2). */
  const readRun = (exponent: number) => (1 << exponent) + (exponent > 0 ? bits.receive(exponent) : 0);

  if (high === 0) {
    return (coefficients, at, { ac }) => {
      if (ac === undefined) throw damaged();
      if (run.blocks > 0) {
        run.blocks--;
        return;
      }
      for (let k = start; k <= end; k++) {
        const symbol = bits.decode(ac);
        const [zeros, length] = [symbol >> 4, symbol & 15];
        if (length === 0 && zeros < 15) {
          run.blocks = readRun(zeros) - 1;
          return;
        }
        k += zeros;
        if (length === 0) continue;
        if (k > 63) throw damaged();
        coefficients[at + zigzag[k]] = bits.difference(length) << low;
      }
    };
  }

  const step = 1 << low;
  /** One more bit of a coefficient that is not 0 (G.1.2.3). */
  const refine = (coefficients: Int16Array, place: number) => {
    const value = coefficients[place];
    if (bits.receive(1) === 1 && (value & step) === 0) coefficients[place] += value > 0 ? step : -step;
  };
  return (coefficients, at, { ac }) => {
    if (ac === undefined) throw damaged();
    let k = start;
    while (run.blocks === 0 && k <= end) {
      const symbol = bits.decode(ac);
      let zeros = symbol >> 4;
      let fresh = 0;
      if ((symbol & 15) !== 0) fresh = bits.receive(1) === 1 ? step : -step;
      else if (zeros < 15) {
        run.blocks = readRun(zeros);
        break;
      }
      for (; k <= end; k++) {
        const place = at + zigzag[k];
        if (coefficients[place] !== 0) refine(coefficients, place);
        else if (zeros-- === 0) break;
      }
      if (fresh !== 0 && k <= end) coefficients[at + zigzag[k]] = fresh;
      k++;
    }
    if (run.blocks > 0) {
      for (; k <= end; k++) {
        const place = at + zigzag[k];
        if (coefficients[place] !== 0) refine(coefficients, place);
      }
      run.blocks--;
    }
  };
}

/** cos((2x + 1) u π / 16) · c(u) / 2 at [u, x]: rows of the one-dimensional transform (A.3.3). */
const basis = Float32Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u === 0 ? Math.SQRT1_2 : 1)) / 2;
});

/** Samples of all blocks, padding included: [blocks down · 8, stride · 8]. */
function inverseTransform(
  { coefficients, stride }: Plane,
  quantisation: Uint16Array,
  precision: number,
): Uint16Array {
  const samples = new Uint16Array(coefficients.length);
  const width = stride * 8;
  const [middle, most] = [1 << (precision - 1), (1 << precision) - 1];
  const steps = new Float32Array(64);
  zigzag.forEach((place, k) => {
    steps[place] = quantisation[k];
  });
  const half = new Float32Array(64);
  for (let block = 0; block < coefficients.length / 64; block++) {
    for (let v = 0; v < 8; v++) {
      for (let x = 0; x < 8; x++) {
        let sum = 0;
        for (let u = 0; u < 8; u++) {
          const i = v * 8 + u;
          sum += coefficients[block * 64 + i] * steps[i] * basis[u * 8 + x];
        }
        half[v * 8 + x] = sum;
      }
    }
    const top = (Math.floor(block / stride) * width + (block % stride)) * 8;
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        let sum = 0;
        for (let v = 0; v < 8; v++) sum += half[v * 8 + x] * basis[v * 8 + y];
        samples[top + y * width + x] = Math.min(most, Math.max(0, Math.round(sum) + middle));
      }
    }
  }
  return samples;
}
