/** @file The benchmark's table: a row per network and method. */
import { table } from '../src/cli/table.js';
import type { EngineResult, Measured } from './measure.js';
import type { StepCase } from './step-case.js';

export interface Row extends Omit<StepCase, 'model' | 'data'> {
  readonly network: string;
  /** Arithmetic of a step for each of its images, two FLOP per multiply-add. */
  readonly flopsPerImage: number;
  readonly measured: Measured;
}

/**
 * A line per peer. Speeds are medians over the rounds. Ratios are ours to theirs, the speed's with its range over the
 * rounds: of speed, above 1 is better; of memory, below.
 * @param ceiling FLOP per second that this machine's convolutions reach; the table then has what share of it we do
 */
export function stepTable(rows: readonly Row[], ceiling?: number): string {
  const shareOf = ({ flopsPerImage, measured: { ours } }: Row) =>
    ceiling ? [`${((100 * median(ours.speeds) * flopsPerImage) / ceiling).toFixed(0)}%`] : [];
  return table([
    [...heading, ...(ceiling ? ['ours of ceiling'] : [])],
    ...rows.flatMap((row) => lines(row).map((line) => [...line, ...shareOf(row)])),
  ]);
}

const heading = [
  'network',
  'method',
  'size',
  'batch',
  'peer',
  'ours img/s',
  'theirs img/s',
  'speed ratio (range)',
  'ours MB',
  'theirs MB',
  'memory ratio',
  'same results',
];

function lines({ network, method, size, batch, measured: { ours, peers } }: Row): (string | number)[][] {
  const own = [network, method, size, batch];
  const peak = ({ after }: EngineResult) => (after ? (after.peak / 1e6).toFixed(0) : '–');
  if (peers.length === 0)
    return [[...own, '–', median(ours.speeds).toFixed(1), '–', '–', peak(ours), '–', '–', '–']];
  return peers.map((peer) => {
    const ratios = ours.speeds.map((speed, round) => speed / peer.speeds[round]);
    const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    return [
      ...own,
      `${peer.name} ${peer.probe.layout}`,
      median(ours.speeds).toFixed(1),
      median(peer.speeds).toFixed(1),
      `${median(ratios).toFixed(2)} (${range})`,
      peak(ours),
      peak(peer),
      ours.after && peer.after ? (ours.after.peak / peer.after.peak).toFixed(2) : '–',
      peer.wrong ? 'NO' : 'yes',
    ];
  });
}

/** The geometric mean over the rows of our speed to the best peer's, by method. */
export function overallRatios(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ method }) => method))].flatMap((method) => {
    const logs = rows
      .filter((row) => row.method === method && row.measured.peers.length > 0)
      .map(({ measured: { ours, peers } }) => {
        const best = ours.speeds.map((_, round) => Math.max(...peers.map(({ speeds }) => speeds[round])));
        return Math.log(median(ours.speeds.map((speed, round) => speed / best[round])));
      });
    if (logs.length === 0) return [];
    const mean = Math.exp(logs.reduce((sum, log) => sum + log) / logs.length);
    return [
      `${method}: ${mean.toFixed(2)} times the best peer's speed, geometric mean of ${logs.length} networks`,
    ];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}
