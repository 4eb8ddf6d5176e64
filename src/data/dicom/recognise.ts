/** @file Whether bytes are DICOM, by the magic of DICOM files, or leniently by the first elements of a bare data set. */

/** How a DICOM data set begins: as a file (PS3.10), as one that lost its preamble, or bare in one of three encodings. */
export type DicomForm = 'file' | 'no-preamble' | 'explicit' | 'implicit' | 'big-endian';

/** Length of the preamble, behind which `DICM` stands. */
export const PREAMBLE = 128;
const MAGIC = [0x44, 0x49, 0x43, 0x4d];

/** As many bytes as it takes to recognise a data set. */
export const HEAD_BYTES = 1024;

/**
 * @param bytes the first `HEAD_BYTES` of a file, or all of it
 * @returns undefined for whatever is not DICOM
 */
export function recogniseDicom(bytes: Uint8Array): DicomForm | undefined {
  if (MAGIC.every((byte, i) => bytes[PREAMBLE + i] === byte)) return 'file';
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const group = view.getUint16(0, true);
  if (group === 0x0002 && followsExplicit(view, true)) return 'no-preamble';
  if (group === 0x0008) {
    if (followsExplicit(view, true)) return 'explicit';
    return followsImplicit(view) ? 'implicit' : undefined;
  }
  return view.getUint16(0, false) === 0x0008 && followsExplicit(view, false) ? 'big-endian' : undefined;
}

const LONG_FORMS = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
const SHORT_FORMS = 'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ');

/** Whether the first element names its representation, and the second one comes after it in order. */
function followsExplicit(view: DataView, little: boolean): boolean {
  const form = String.fromCharCode(view.getUint8(4), view.getUint8(5));
  if (SHORT_FORMS.includes(form)) return inOrder(view, 8 + view.getUint16(6, little), little);
  return LONG_FORMS.includes(form) && inOrder(view, 12 + view.getUint32(8, little), little);
}

function followsImplicit(view: DataView): boolean {
  return inOrder(view, 8 + view.getUint32(4, true), true);
}

/** Elements stand in ascending order of their tags, from one group to a near one at the beginning. */
function inOrder(view: DataView, next: number, little: boolean): boolean {
  if (next + 4 > view.byteLength) return false;
  const tag = (at: number) => view.getUint16(at, little) * 0x10000 + view.getUint16(at + 2, little);
  return tag(next) > tag(0) && tag(next) < 0x00300000;
}
