/** @file How the command line ends when something goes wrong: one line for what the user can mend, a trace for our bugs. */
import { constants } from 'node:os';
import { TransfuseError } from '../errors.js';
import { cannotWrite } from '../files/atomic.js';

/** Why a command ends early: somebody asked for it. */
class Interrupted extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`);
  }
}

/** Prints an error to stderr and sets the exit status: 1 for the user's, 128 + n for signals, 70 (EX_SOFTWARE) for ours. */
export function reportFailure(error: unknown): void {
  if (error instanceof Interrupted) {
    process.exitCode = 128 + constants.signals[error.signal];
    return;
  }
  if (error instanceof TransfuseError || isMemoryExhausted(error)) {
    const { message } = error instanceof TransfuseError ? error : outOfMemory;
    process.stderr.write(`transfuse: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
    process.exitCode = 1;
    return;
  }
  process.stderr.write(
    `transfuse: this is a bug in Transfuse, please report it:\n${(error as Error)?.stack ?? error}\n`,
  );
  process.exitCode = 70;
}

/**
 * A signal that Ctrl-C (or a termination request) aborts; the second one ends the process at once.
 * @param onFirst told when the first one comes
 */
export function interruption(onFirst: () => void): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (controller.signal.aborted) {
      done();
      // With nobody listening any more, the system does what it does: no thread is waited for.
      process.kill(process.pid, signal);
      return;
    }
    controller.abort(new Interrupted(signal));
    onFirst();
  };
  const done = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal: controller.signal, done };
}

/** Ends the process when nobody reads its output any more (`… | head`), or it cannot be written. */
export function failOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
    reportFailure(cannotWrite('standard output', error));
    process.exit();
  });
}

const outOfMemory = {
  message: 'there is not enough memory; a smaller --size, --batch or network needs less',
};

/** Node, and ONNX Runtime, have no error class of their own for it. */
function isMemoryExhausted(error: unknown): boolean {
  const said =
    /array buffer allocation failed|invalid typed array length|bad_alloc|failed to allocate memory/i;
  return said.test((error as Error)?.message ?? '');
}
