/** @file From values to places on the screen, and round numbers for axes. */

export interface Scale {
  /** The place of a value, in pixels. */
  (value: number): number;
  readonly ticks: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** A linear scale over values [from, to], stretched to round numbers if `round`. */
export function linear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
  { ticks: wanted = 5, round = false, whole = false } = {},
): Scale {
  const span = to > from ? to - from : Math.abs(from) || 1;
  const step = Math.max(roundStep(span / wanted), whole ? 1 : 0);
  const low = round ? Math.floor(from / step + 1e-9) * step : from;
  const high = round ? Math.ceil((from + span) / step - 1e-9) * step : from + span;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  const place = (value: number): number => start + ((value - low) / (high - low)) * (end - start);
  return Object.assign(place, { ticks, from: low, to: high });
}

/** The nearest of 1, 2, 5 times a power of ten that is not below. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9))!;
}

/** Lowest and highest, without what is no number. */
export function extent(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
}
