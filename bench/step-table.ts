/** @file The benchmark's table: a row per network and method. */
import { table } from '../src/cli/table.js';
import type { EngineResult, Measured } from './measure.js';
import type { StepCase } from './step-case.js';

export interface Row extends Omit<StepCase, 'model' | 'data'> {
  readonly network: string;
  readonly measured: Measured;
}

/**
 * Speeds are medians over the rounds. Ratios are ours to PyTorch's, the speed's with its range over the rounds: of
 * speed, above 1 is better; of memory, below.
 */
export function stepTable(rows: readonly Row[]): string {
  return table([heading, ...rows.map(cells)]);
}

const heading = [
  'network',
  'method',
  'size',
  'batch',
  'Transfuse img/s',
  'PyTorch img/s',
  'speed ratio (range)',
  'Transfuse MB (loaded)',
  'PyTorch MB (loaded)',
  'memory ratio',
  'same results',
];

function cells({ network, method, size, batch, measured }: Row): (string | number)[] {
  const { ours, torch, wrong } = measured;
  const ratios = torch ? ours.speeds.map((speed, round) => speed / torch.speeds[round]) : [];
  const speed = (speeds: readonly number[] | undefined) => (speeds ? median(speeds).toFixed(1) : '–');
  const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  const memory = ({ before, after }: Partial<EngineResult> = {}) =>
    before && after ? `${megabytes(after.peak)} (${megabytes(before.resident)})` : '–';
  return [
    network,
    method,
    size,
    batch,
    speed(ours.speeds),
    torch ? `${speed(torch.speeds)} ${torch.probe.layout}` : '–',
    torch ? `${median(ratios).toFixed(2)} (${range})` : '–',
    memory(ours),
    memory(torch),
    ours.after && torch?.after ? (ours.after.peak / torch.after.peak).toFixed(2) : '–',
    torch ? (wrong ? 'NO' : 'yes') : '–',
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}
