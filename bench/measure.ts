/** @file One row of the benchmark: all engines in turn, on the same work. */
import { Engine, type Memory, type Probe } from './engine.js';
import type { Peer } from './peers.js';
import type { StepCase } from './step-case.js';

export interface MeasureOptions {
  readonly rounds: number;
  /** About how long each engine works in each round; at least one step. */
  readonly seconds: number;
  readonly peers: readonly Peer[];
  /** Runs our side. */
  readonly ours: readonly [string, ...string[]];
  /** Counted from 1; images per second, ours first. */
  readonly onRound: (round: number, speeds: readonly number[]) => void;
}

export interface EngineResult {
  readonly probe: Probe;
  /** Ours: images that run at once. */
  readonly microBatch?: number;
  /** Images per second, one per round. */
  readonly speeds: readonly number[];
  /** Of the whole process: once everything is loaded, and the most by the end. */
  readonly before?: Memory;
  readonly after?: Memory;
}

export interface PeerResult extends EngineResult {
  readonly name: string;
  /** What it does not agree on with us; absent where it does. */
  readonly wrong?: string;
}

export interface Measured {
  readonly ours: EngineResult;
  readonly peers: readonly PeerResult[];
  /** Why peers could not take the first step, one line each. */
  readonly absent: readonly string[];
}

/** Steps before any is timed: the runtimes plan their memory in the first ones. */
const WARM_UP = 3;

/** Both engines sum in different orders; these are far above rounding and far below any mistake. */
const LOSS_TOLERANCE = 1e-3;
const GRADIENT_TOLERANCE = 1e-2;

/** Checks that the engines compute the same, then lets them run in turn, each stopped while another works. */
export async function measure(stepCase: StepCase, options: MeasureOptions): Promise<Measured> {
  const { rounds, seconds, onRound } = options;
  const argument = JSON.stringify(stepCase);
  const start = ({ name, command: [program, ...args] }: Pick<Peer, 'name' | 'command'>) =>
    new Engine(name, [program, ...args, argument]);
  // Processes of their own, so that neither the check nor the slower layout leaves traces in the measured memory.
  const transfuse = { name: 'Transfuse', command: options.ours };
  const known = [{ ...transfuse, probe: await probe(start(transfuse)) }];
  const absent: string[] = [];
  for (const peer of options.peers) {
    try {
      known.push({ ...peer, probe: await probe(start(peer)) });
    } catch (error) {
      absent.push((error as Error).message);
    }
  }

  const engines = known.map(start);
  try {
    const contestants: Contestant[] = [];
    for (const [i, engine] of engines.entries()) {
      contestants.push(await Contestant.load(engine, known[i].probe));
    }
    for (const contestant of contestants) await contestant.warmUp(seconds);
    for (let round = 1; round <= rounds; round++) {
      const speeds: number[] = [];
      for (const contestant of contestants) speeds.push(await contestant.round(stepCase.batch));
      onRound(round, speeds);
    }
    const [ours, ...others] = contestants.map((contestant) => contestant.result());
    return {
      ours,
      peers: others.map((result, i) => ({
        ...result,
        name: known[i + 1].name,
        wrong: disagreement(ours.probe, result.probe),
      })),
      absent,
    };
  } finally {
    for (const engine of engines) engine.close();
  }
}

async function probe(engine: Engine): Promise<Probe> {
  try {
    return await engine.probe();
  } finally {
    engine.close();
  }
}

class Contestant {
  private readonly speeds: number[] = [];
  /** Per round. */
  private steps = 1;

  private constructor(
    private readonly engine: Engine,
    private readonly probe: Probe,
    private readonly microBatch: number | undefined,
    private readonly before: Memory | undefined,
  ) {}

  static async load(engine: Engine, probe: Probe): Promise<Contestant> {
    const { microBatch } = await engine.load(probe.layout);
    return new Contestant(engine, probe, microBatch, engine.memory());
  }

  /** Afterwards it is known how many steps take so many seconds: at least one. */
  async warmUp(wanted: number): Promise<void> {
    const { seconds } = await this.engine.steps(WARM_UP);
    this.steps = Math.max(1, Math.round(wanted / seconds.at(-1)!));
  }

  /** Returns the images per second. */
  async round(batch: number): Promise<number> {
    const { seconds } = await this.engine.steps(this.steps);
    const speed = (batch * this.steps) / seconds.reduce((sum, x) => sum + x);
    this.speeds.push(speed);
    return speed;
  }

  result(): EngineResult {
    const { probe, microBatch, speeds, before } = this;
    return { probe, microBatch, speeds, before, after: this.engine.memory() };
  }
}

/** How two first steps differ, in words. */
function disagreement(ours: Probe, peer: Probe): string | undefined {
  const differ = (a: number, b: number, tolerance: number) => !(Math.abs(a - b) <= tolerance * Math.abs(b));
  const said = [
    ours.trained !== peer.trained && `trained parameters ${ours.trained} and ${peer.trained}`,
    differ(ours.loss, peer.loss, LOSS_TOLERANCE) && `loss ${ours.loss} and ${peer.loss}`,
    differ(ours.gradientNorm, peer.gradientNorm, GRADIENT_TOLERANCE) &&
      `gradient norm ${ours.gradientNorm} and ${peer.gradientNorm}`,
  ].filter(Boolean);
  return said.length > 0 ? `${said.join(', ')} (ours and theirs)` : undefined;
}
