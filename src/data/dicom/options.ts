/** @file How DICOM files become pictures: which grey values are shown, and which frames; as people write it. */
import { TransfuseError } from '../../errors.js';

export interface DicomOptions {
  /**
   * What becomes black and white:
   * - `file` (default): the file's first lookup table or window; `file:2` its second, and so on. A file without one
   *   is shown as it is up to 8 bits, and as `percentile` above;
   * - `percentile`: from the 0.5th to the 99.5th percentile of the image;
   * - `range`: from its least value to its greatest;
   * - `CENTRE/WIDTH`, such as `40/400`: this window, in the units of the file's modality (CT: Hounsfield units).
   *
   * Colour images are taken as they are.
   */
  readonly window?: string;
  /** Which frame of a file of several: `first` (default), `middle`, a number from 1, or `all`, each an image of its own. */
  readonly frames?: string;
}

export const defaultDicom = { window: 'file', frames: 'first' } as const satisfies DicomOptions;

/** A window in the units of the modality. */
export interface Window {
  readonly centre: number;
  readonly width: number;
  /** As PS3.3, C.11.2.1.2 and C.11.2.1.3 define them. */
  readonly shape: 'linear' | 'linear-exact' | 'sigmoid';
}

export type GreyScale =
  | { readonly kind: 'file' /** From 0. */; readonly choice: number }
  | { readonly kind: 'percentile' | 'range' }
  | { readonly kind: 'window'; readonly window: Window };

export const windowRule = 'must be file, file:N, percentile, range, or CENTRE/WIDTH such as 40/400';
export const framesRule = 'must be first, middle, all, or the number of a frame from 1';

/** What `DicomOptions.window` means, or undefined where it breaks the rule. */
export function parseWindow(text: string): GreyScale | undefined {
  if (text === 'percentile' || text === 'range') return { kind: text };
  const file = /^file(?::([1-9]\d{0,3}))?$/.exec(text);
  if (file) return { kind: 'file', choice: Number(file[1] ?? 1) - 1 };
  const window = /^([+-]?\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text);
  const [centre, width] = [Number(window?.[1]), Number(window?.[2])];
  return width >= 1 ? { kind: 'window', window: { centre, width, shape: 'linear' } } : undefined;
}

export function isFrames(text: string): boolean {
  return /^(first|middle|all|[1-9]\d{0,8})$/.test(text);
}

/** @throws TransfuseError `bad-option` */
export function greyScaleOf({ window = defaultDicom.window }: DicomOptions): GreyScale {
  const scale = parseWindow(window);
  if (scale === undefined) throw new TransfuseError('bad-option', `window is ${window}; it ${windowRule}`);
  return scale;
}

/**
 * The frame that a file stands for, from 0; of `all`, which lists frames one by one, the first.
 * @throws TransfuseError `bad-option`
 */
export function frameOf({ frames = defaultDicom.frames }: DicomOptions, count: number): number {
  if (!isFrames(frames)) throw new TransfuseError('bad-option', `frames is ${frames}; it ${framesRule}`);
  if (frames === 'middle') return Math.floor((count - 1) / 2);
  return frames === 'first' || frames === 'all' ? 0 : Number(frames) - 1;
}
