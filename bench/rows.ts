/** @file The rows of a benchmark's table: every network, method and image size in turn. */
import { arithmeticOf } from '../src/graph/flops.js';
import type { Network } from '../src/graph/network.js';
import { loadModel } from '../src/models/catalogue.js';
import { trainedIn } from '../src/training/loop.js';
import { stepGraph } from '../src/training/program.js';
import { compiledEngine } from './compiled.js';
import { type MeasureOptions, measure } from './measure.js';
import { locate, type NetworkName } from './networks.js';
import { temporaryFolder } from './process.js';
import {
  classifierOf,
  type MeasuredMethod,
  measuredMethods,
  type StepCase,
  writeStepData,
} from './step-case.js';
import type { Row } from './step-table.js';
import type { Torch } from './torch.js';

export interface Plan
  extends Omit<MeasureOptions, 'onRound' | 'ours'>,
    Pick<StepCase, 'batch' | 'threads' | 'device'> {
  readonly networks: readonly NetworkName[];
  readonly methods: readonly MeasuredMethod[];
  /** Height and width in pixels. */
  readonly sizes: readonly number[];
  /** What draws networks; absent, they are left out. */
  readonly torch: Torch | undefined;
}

export interface Rows {
  readonly rows: readonly Row[];
  /** What was left out or failed, one line each. */
  readonly notes: readonly string[];
}

/** Measures them one after another, and says what it is at. */
export async function measureRows(plan: Plan): Promise<Rows> {
  const { networks, methods, sizes, batch, threads, device, torch, ...options } = plan;
  const folder = temporaryFolder();
  const ours = await compiledEngine();
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const network of networks) {
    const located = await locate(network, folder, torch);
    if ('missing' in located) {
      notes.push(`${network} is left out: ${located.missing}`);
      continue;
    }
    const loaded = (await loadModel(located.path)).network;
    for (const [method, size] of methods.flatMap((method) => sizes.map((size) => [method, size] as const))) {
      const settings = { method, size, batch, threads, device };
      const row = { network, ...settings, flopsPerImage: flopsPerImage(loaded, method, size) };
      const stepCase: StepCase = { ...settings, model: located.path, data: folder };
      await writeStepData(stepCase, loaded.features);
      console.log(`${network} ${method} ${size}`);
      try {
        const measured = await measure(stepCase, { ...options, ours, onRound: showRound });
        rows.push({ ...row, measured });
        for (const why of measured.absent)
          notes.push(`${network} ${method} ${size}, a peer left out: ${why}`);
      } catch (error) {
        notes.push(`${network} ${method} ${size} failed: ${(error as Error).message}`);
      }
    }
  }
  return { rows, notes };
}

/** One line for each peer that did not compute the same. */
export function disagreements(rows: readonly Row[]): { readonly peer: string; readonly line: string }[] {
  return rows.flatMap(({ network, method, size, measured }) =>
    measured.peers.flatMap(({ name, wrong }) =>
      wrong ? [{ peer: name, line: `${network} ${method} ${size}, ${name}: ${wrong}` }] : [],
    ),
  );
}

/** As the mathematics has it, before any operator is written in a form that computes more. */
function flopsPerImage(network: Network, method: MeasuredMethod, size: number): number {
  const classifier = classifierOf(network, size);
  const phase = measuredMethods[method];
  const trained = trainedIn(phase, classifier);
  const { graph } = stepGraph(classifier, { trained, statistics: phase.statistics, dropout: 0 }, 1);
  return 2 * arithmeticOf(graph).multiplyAdds;
}

function showRound(round: number, speeds: readonly number[]): void {
  console.log(`  round ${round}: ${speeds.map((speed) => speed.toFixed(1)).join(', ')} img/s`);
}
