/** @file Numbers as people read them. */

const counts = new Intl.NumberFormat('en-GB');

export const count = (n: number): string => counts.format(n);

/** `1 image`, `2 images`. */
export const counted = (n: number, noun: string, plural = `${noun}s`): string =>
  `${count(n)} ${n === 1 ? noun : plural}`;

/** Three decimals; nothing known is a dash. */
export const decimal = (x: number | null | undefined, digits = 3): string =>
  x === null || x === undefined || !Number.isFinite(x) ? '–' : x.toFixed(digits).replace('-', '−');

export const percent = (x: number | null | undefined, digits = 0): string =>
  x === null || x === undefined ? '–' : `${(100 * x).toFixed(digits)} %`;

export function interval({ low, high }: { low: number | null; high: number | null }): string {
  if (low === null || high === null) return '';
  // A dash after a minus would be read as another minus.
  return low < 0 ? `${decimal(low)} to ${decimal(high)}` : `${decimal(low)}–${decimal(high)}`;
}

/** `0.001`, `1e-5`. */
export const rate = (x: number): string => (x >= 1e-3 ? String(Number(x.toPrecision(3))) : x.toExponential());

/** `8 s`, `3:07 min`, `1:02 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)} h`;
}

/** `12 kB`, `3.4 MB`. */
export function bytes(n: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = n < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3));
  const value = n / 1000 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** A p-value as papers print it. */
export const pValue = (p: number | null): string => (p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3));

/** The last part of a path. */
export const nameOf = (path: string): string => path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;
