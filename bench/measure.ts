/** @file One row of the benchmark: both engines in turn, on the same work. */
import { Engine, type Memory, type Probe } from './engine.js';
import type { StepCase } from './step-case.js';
import { script, type Torch } from './torch.js';

export interface MeasureOptions {
  readonly rounds: number;
  /** About how long each engine works in each round; at least one step. */
  readonly seconds: number;
  readonly torch: Torch | undefined;
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

export interface Measured {
  readonly ours: EngineResult;
  readonly torch?: EngineResult;
  /** Steps per engine and round. */
  readonly steps: number;
  /** What the engines do not agree on; absent where they do. */
  readonly wrong?: string;
}

/** Steps before any is timed: the runtimes plan their memory in the first ones. */
const WARM_UP = 3;

/** Both engines sum in different orders; these are far above rounding and far below any mistake. */
const LOSS_TOLERANCE = 1e-3;
const GRADIENT_TOLERANCE = 1e-2;

/** Checks that the engines compute the same, then lets them run in turn, each stopped while the other works. */
export async function measure(stepCase: StepCase, options: MeasureOptions): Promise<Measured> {
  const { torch, rounds, onRound } = options;
  const argument = JSON.stringify(stepCase);
  const start = {
    ours: () =>
      new Engine('Transfuse', [process.execPath, ...process.execArgv, script('transfuse-step.ts'), argument]),
    torch: torch && (() => new Engine('PyTorch', [torch.python, script('torch_step.py'), argument])),
  };
  // Processes of their own, so that neither the check nor the slower layout leaves traces in the measured memory.
  const probes = { ours: await probe(start.ours()), torch: start.torch && (await probe(start.torch())) };

  const engines = { ours: start.ours(), torch: start.torch?.() };
  try {
    const ours = await Contestant.load(engines.ours, probes.ours);
    const peer = engines.torch && (await Contestant.load(engines.torch, probes.torch!));
    const contestants = peer ? [ours, peer] : [ours];
    const warm = [];
    for (const contestant of contestants) warm.push(await contestant.warmUp());
    const steps = Math.max(1, Math.round(options.seconds / Math.max(...warm)));
    for (let round = 1; round <= rounds; round++) {
      const speeds = [];
      for (const contestant of contestants) speeds.push(await contestant.round(steps, stepCase.batch));
      onRound(round, speeds);
    }
    return {
      ours: ours.result(),
      torch: peer?.result(),
      steps,
      wrong: probes.torch && disagreement(probes.ours, probes.torch),
    };
  } finally {
    engines.ours.close();
    engines.torch?.close();
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

  /** Returns the seconds of the last step. */
  async warmUp(): Promise<number> {
    const { seconds } = await this.engine.steps(WARM_UP);
    return seconds.at(-1)!;
  }

  /** Returns the images per second. */
  async round(steps: number, batch: number): Promise<number> {
    const { seconds } = await this.engine.steps(steps);
    const speed = (batch * steps) / seconds.reduce((sum, x) => sum + x);
    this.speeds.push(speed);
    return speed;
  }

  result(): EngineResult {
    const { probe, microBatch, speeds, before } = this;
    return { probe, microBatch, speeds, before, after: this.engine.memory() };
  }
}

/** How two first steps differ, in words. */
function disagreement(ours: Probe, torch: Probe): string | undefined {
  const differ = (a: number, b: number, tolerance: number) => !(Math.abs(a - b) <= tolerance * Math.abs(b));
  const said = [
    ours.trained !== torch.trained && `trained parameters ${ours.trained} and ${torch.trained}`,
    differ(ours.loss, torch.loss, LOSS_TOLERANCE) && `loss ${ours.loss} and ${torch.loss}`,
    differ(ours.gradientNorm, torch.gradientNorm, GRADIENT_TOLERANCE) &&
      `gradient norm ${ours.gradientNorm} and ${torch.gradientNorm}`,
  ].filter(Boolean);
  return said.length > 0 ? `${said.join(', ')} (Transfuse and PyTorch)` : undefined;
}
