/**
 * @file Smaller images in the first epochs of a phase, where coarse features are still being learned and a pixel costs
 * as much as later. The idea: progressive resizing (Howard 2018; Tan & Le 2021, EfficientNetV2).
 */
export interface Size {
  /** In pixels. */
  readonly height: number;
  readonly width: number;
}

/** A size, and for how many epochs a phase trains at it. */
export interface EarlySize extends Size {
  readonly epochs: number;
}

/**
 * The size to train at.
 * @param epoch finished epochs of the phase
 * @param sizes one after another, from the phase's beginning
 * @param final what comes behind them
 */
export function sizeIn(epoch: number, sizes: readonly EarlySize[], { height, width }: Size): Size {
  let until = 0;
  for (const early of sizes) {
    until += early.epochs;
    if (epoch < until) return { height: early.height, width: early.width };
  }
  return { height, width };
}

export const isSameSize = (a: Size, b: Size): boolean => a.height === b.height && a.width === b.width;
