/** @file What is refused for its size. */

/** Larger images are refused rather than decoded into gigabytes. */
export const MAX_PIXELS = 100_000_000;
