/** @file Training runs that take turns: each works for some seconds while the other is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { TransfuseError } from '../src/errors.js';
import { environment } from './process.js';

/** One epoch as its process tells it, and when: seconds of its own turns. */
export interface Epoch {
  readonly phase: string;
  readonly epoch: number;
  readonly validationAuc: number;
  readonly validationLoss: number;
  readonly at: number;
}

/** A process that runs only in its turns. */
export class Runner {
  readonly epochs: Epoch[] = [];
  seconds = 0;
  private child: ChildProcess | undefined;

  constructor(
    readonly name: string,
    private readonly start: () => ChildProcess,
    private readonly lines: () => readonly string[],
  ) {}

  get ended(): boolean {
    return this.child !== undefined && (this.child.exitCode ?? this.child.signalCode) !== null;
  }

  /** Lets it work for so many milliseconds, and on until `enough`; notes the epochs that end meanwhile. */
  async turn(milliseconds: number, enough: () => boolean = () => true): Promise<void> {
    const before = this.seconds;
    const began = performance.now();
    if (this.child) signal(this.child, 'SIGCONT');
    else this.child = this.start();
    const elapsed = () => performance.now() - began;
    while (!this.ended && (elapsed() < milliseconds || !enough())) {
      await wait(50);
      this.seconds = before + elapsed() / 1000;
      this.note();
    }
    this.seconds = before + elapsed() / 1000;
    if (!this.ended) return signal(this.child, 'SIGSTOP');
    if (this.child.exitCode !== 0) throw new TransfuseError('peer-failed', `${this.name} failed`);
  }

  private note(): void {
    const told = this.lines().map((line) => JSON.parse(line) as Omit<Epoch, 'at'> & { done?: true });
    const news = told.filter(({ done }) => !done).slice(this.epochs.length);
    for (const each of news) {
      const { phase, epoch, validationAuc } = each;
      this.epochs.push({ ...each, at: this.seconds });
      console.log(
        `${this.name}: ${phase} ${epoch}, ${this.seconds.toFixed(0)} s, AUC ${validationAuc.toFixed(4)}`,
      );
    }
  }
}

/** To the process and its children: each was started as the leader of a group. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-pid!, name);
  } catch {
    // It has just ended.
  }
}

/** Starts a process whose children are stopped and killed with it. */
export function startGroup(command: string, args: string[], onText: (text: string) => void): ChildProcess {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  child.stdout.setEncoding('utf8').on('data', onText);
  process.on('exit', () => signal(child, 'SIGKILL'));
  return child;
}
