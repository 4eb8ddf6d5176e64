/** @file Channel counts that a width multiplier has made uneven. */

/**
 * The multiple of 8 nearest to `channels`, but no smaller than 8 or nine tenths of it: what the mobile networks and
 * EfficientNet have in common.
 */
export function evenChannels(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}
