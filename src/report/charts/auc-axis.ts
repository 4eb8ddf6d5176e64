/** @file An axis for AUCs that shows the differences that matter: from a round number below the lowest up to 1. */

/** @param values in [0, 1], at least one */
export function aucAxis(values: readonly number[]): { domain: [number, number]; ticks: number[] } {
  const lowest = Math.min(...values);
  const step = [0.005, 0.01, 0.02, 0.05, 0.1].find((s) => (1 - lowest) / s <= 6) ?? 0.2;
  const steps = Math.max(1, Math.min(Math.round(1 / step), Math.ceil((1 - lowest) / step)));
  const ticks = Array.from({ length: steps + 1 }, (_, i) => Number((1 - step * (steps - i)).toFixed(3)));
  return { domain: [ticks[0], 1], ticks };
}
