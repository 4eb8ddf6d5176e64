/**
 * @file A process that takes training steps when asked to: requests and answers are lines of JSON. While it is not
 * asked it is stopped, so that neither its spinning threads nor its housekeeping cost the other engine anything.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { environment } from './process.js';

/** The first step's results, by which two engines are known to compute the same. */
export interface Probe {
  /** Mean over the batch, before any update. */
  readonly loss: number;
  /** Euclidean norm of the gradient with respect to all batch-norm scales. */
  readonly gradientNorm: number;
  /** How many numbers train. */
  readonly trained: number;
  /** PyTorch: the faster memory layout, to be loaded with. */
  readonly layout?: string;
}

export interface Loaded {
  /** Ours: how many images run at once. */
  readonly microBatch?: number;
}

export interface Steps {
  /** How long each step took. */
  readonly seconds: readonly number[];
}

/** Bytes. What is mapped into the process more than once is counted once. */
export interface Memory {
  readonly resident: number;
  /** The most that was resident since the process began. */
  readonly peak: number;
}

export class Engine {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;

  constructor(
    private readonly name: string,
    [command, ...args]: readonly [string, ...string[]],
  ) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
    this.child.stdin.on('error', () => {
      // Said by the answer that does not come.
    });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    living.add(this);
  }

  /** Loads the network and, where that is to be chosen, its memory layout. */
  load(layout?: string): Promise<Loaded> {
    return this.ask({ do: 'load', layout });
  }

  /** Takes the first steps of a freshly loaded network. */
  probe(): Promise<Probe> {
    return this.ask({ do: 'probe' });
  }

  steps(count: number): Promise<Steps> {
    return this.ask({ do: 'steps', count });
  }

  /** What the process holds of this machine's memory, as Linux tells it; undefined elsewhere. */
  memory(): Memory | undefined {
    try {
      const said = ['status', 'smaps_rollup']
        .map((file) => readFileSync(`/proc/${this.child.pid}/${file}`, 'utf8'))
        .join('');
      const bytes = (key: string) => 1024 * Number(new RegExp(`^${key}:\\s*(\\d+) kB`, 'm').exec(said)?.[1]);
      const resident = bytes('Pss');
      // Files stay mapped from loading to the end.
      return { resident, peak: bytes('VmHWM') - (bytes('Rss') - resident) };
    } catch {
      return undefined;
    }
  }

  close(): void {
    living.delete(this);
    this.child.kill('SIGKILL');
  }

  private async ask<Answer>(request: object): Promise<Answer> {
    this.child.kill('SIGCONT');
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.answers.next();
    this.child.kill('SIGSTOP');
    if (done) throw new Error(`the ${this.name} process ended in the middle of ${JSON.stringify(request)}`);
    const answer = JSON.parse(value) as Answer | { error: string };
    if (typeof answer === 'object' && answer && 'error' in answer)
      throw new Error(`${this.name}: ${answer.error}`);
    return answer as Answer;
  }
}

/** A stopped process would outlive us. */
const living = new Set<Engine>();
process.on('exit', () => {
  for (const engine of living) engine.close();
});
