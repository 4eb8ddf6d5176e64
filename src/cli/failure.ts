/** @file How the command line ends when something goes wrong: one line for what the user can mend, a trace for our bugs. */
import { TransfuseError } from '../errors.js';

/** Prints an error to stderr and sets the exit status: 1 for the user's, 70 (EX_SOFTWARE) for ours. */
export function reportFailure(error: unknown): void {
  if (error instanceof TransfuseError) {
    process.stderr.write(`transfuse: ${error.message.replaceAll('\n', ' ')}\n`);
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
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    done: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
