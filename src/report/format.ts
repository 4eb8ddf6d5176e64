/** @file Numbers as people read them. What is undefined (null, NaN) becomes a dash. */
import type { Estimate, OperatingRule } from '../metrics/types.js';

export type Maybe = number | null | undefined;

const DASH = '–';
const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** Whether there is a number to show. */
export function known(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** 12345 → `12,345`. */
export function count(value: Maybe): string {
  return known(value) ? grouped.format(value) : DASH;
}

/** A score in [0, 1]: `0.957`. What is not quite 1 never reads as 1. */
export function score(value: Maybe, digits = 3): string {
  if (!known(value)) return DASH;
  const text = value.toFixed(digits);
  return value < 1 && Number(text) === 1 ? `>${(1 - 10 ** -digits).toFixed(digits)}` : text;
}

/** `0.941–0.969`, or a dash where there is no interval. */
export function range({ low, high }: Estimate): string {
  return known(low) && known(high) ? `${low.toFixed(3)}–${high.toFixed(3)}` : DASH;
}

/** 0.957 → `95.7 %`, with a no-break space. */
export function percent(value: Maybe, digits = 1): string {
  return known(value) ? `${(100 * value).toFixed(digits)}\u00a0%` : DASH;
}

/** The interval of a proportion: `93.1–96.4 %`, or nothing where there is none. */
export function percentRange({ low, high }: Pick<Estimate, 'low' | 'high'>): string {
  return known(low) && known(high) ? `${(100 * low).toFixed(1)}–${percent(high)}` : '';
}

/** `specificity ≥ 95 %`. */
export function ruleText(rule: OperatingRule): string {
  const [name, least] =
    'minSpecificity' in rule ? ['specificity', rule.minSpecificity] : ['sensitivity', rule.minSensitivity];
  return `${name} ≥ ${Number((100 * least).toFixed(1))}\u00a0%`;
}

/** A part of a whole, as many digits as it needs: 0.0161 → `1.6 %`, 0.00032 → `0.032 %`. */
export function share(part: number, whole: number): string {
  if (!(whole > 0)) return DASH;
  const value = (100 * part) / whole;
  return `${value >= 0.1 || value === 0 ? Number(value.toFixed(1)) : Number(value.toPrecision(2))}\u00a0%`;
}

/** A loss or another positive number of any size, three significant digits. */
export function significant(value: Maybe): string {
  if (!known(value)) return DASH;
  return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)
    ? value.toExponential(1).replace('+', '')
    : Math.abs(value) >= 100
      ? value.toFixed(0)
      : value.toPrecision(3);
}

/** A learning rate: 0.001 → `1e-3`. */
export function learningRate(value: Maybe): string {
  return known(value) ? value.toExponential().replace(/(\.\d{2})\d+/, '$1') : DASH;
}

/** `48 s`, `6 min 12 s`, `2 h 05 min`. */
export function duration(seconds: Maybe): string {
  if (!known(seconds)) return DASH;
  if (seconds < 10) return `${seconds.toFixed(1)}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}\u00a0s`;
  if (whole < 3600)
    return `${Math.floor(whole / 60)}\u00a0min\u00a0${String(whole % 60).padStart(2, '0')}\u00a0s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, '0')}\u00a0min`;
}

/** A p-value: `0.034`, `<0.001`. */
export function pValue(value: Maybe): string {
  if (!known(value)) return DASH;
  return value < 0.001 ? '<0.001' : value.toFixed(3);
}

/** `1 epoch`, `7 epochs`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
