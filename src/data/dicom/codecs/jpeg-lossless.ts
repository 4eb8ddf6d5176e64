/**
 * @file Lossless JPEG with Huffman codes (ITU-T T.81, annex H): DICOM's JPEG Lossless, process 14, any predictor.
 * Ours, because the libraries at hand lose the last pixel or take what is cut short for whole.
 */
import { Refusal } from '../../refusal.js';
import type { JpegFrame } from './jpeg-frame.js';
import { type BitReader, cutShort, damaged, type HuffmanTable, readScans, type Scan } from './jpeg-scan.js';

/**
 * @returns [height, width, components], bytes up to 8 bits
 * @throws Refusal
 */
export function decodeLossless(bytes: Uint8Array, frame: JpegFrame): Uint8Array | Uint16Array {
  const { height, width, precision, components } = frame;
  if (precision < 2 || precision > 16) throw damaged();
  if (components.some(({ horizontal, vertical }) => horizontal !== vertical || horizontal !== 1)) {
    if (components.length > 1) throw new Refusal('its frame is subsampled');
  }
  if (bytes.length * 8 < height * width) throw cutShort(); // a bit for each sample is the least
  const data = new (precision <= 8 ? Uint8Array : Uint16Array)(height * width * components.length);
  const seen = new Set<number>();
  readScans(bytes, frame, (scan) => {
    decodeScan(scan, frame, data);
    for (const { index } of scan.components) seen.add(index);
  });
  if (seen.size < components.length) throw new Refusal('its compressed frame lacks a scan');
  return data;
}

function decodeScan(scan: Scan, frame: JpegFrame, data: Uint8Array | Uint16Array) {
  const { start: predictor, low, restart, bits, components } = scan;
  const { height, width, precision } = frame;
  if (predictor < 1 || predictor > 7 || low >= precision) throw damaged();
  if (restart % width !== 0) throw new Refusal('its lossless frame restarts within a row');
  const rowsToRestart = restart / width || height;
  const middle = 1 << (precision - low - 1);
  const stride = frame.components.length;
  const lanes = components.map(({ index, dc: table }) => {
    if (table === undefined) throw damaged();
    // The row above, the row at hand; one value more on the left, so that the first column has neighbours.
    return { index, table, above: new Uint16Array(width + 1), row: new Uint16Array(width + 1) };
  });
  for (let y = 0; y < height; y++) {
    const isFirst = y % rowsToRestart === 0;
    if (isFirst && y > 0) bits.restart();
    for (const lane of lanes) [lane.above, lane.row] = [lane.row, lane.above];
    for (let x = 1; x <= width; x++) {
      for (const { index, table, above, row } of lanes) {
        const prediction = isFirst
          ? x === 1
            ? middle
            : row[x - 1]
          : x === 1
            ? above[1]
            : predict(predictor, row[x - 1], above[x], above[x - 1]);
        row[x] = prediction + difference(bits, table);
        data[(y * width + x - 1) * stride + index] = row[x] << low;
      }
    }
  }
}

/** Table H.1: from the neighbours on the left, above, and above on the left. */
function predict(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + ((above - corner) >> 1);
    case 6:
      return above + ((left - corner) >> 1);
    default:
      return (left + above) >> 1;
  }
}

/** Modulo 65,536; 16 stands for 32,768 without further bits. */
function difference(bits: BitReader, table: HuffmanTable): number {
  const length = bits.decode(table);
  if (length > 16) throw damaged();
  return length === 16 ? 32768 : bits.difference(length);
}
