/**
 * @file The one error class people are meant to see: what was wrong, where, and what would be right.
 * Everything else that is thrown is a bug and keeps its stack trace.
 */

/** A short, stable, kebab-case identifier of what went wrong; scripts may match on it. */
export type ErrorCode = string;

/**
 * A problem in what the user gave us (files, options, data) or in their machine (disk full, no permission).
 * The command line prints `message` on one line and exits with a non-zero status.
 */
export class TransfuseError extends Error {
  override readonly name = 'TransfuseError';

  /**
   * @param code stable identifier, e.g. `unsupported-operator`
   * @param message one line: what was wrong, where, and what would be right
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A broken invariant of our own. Its message starts with `internal:` so that a report of it is recognised. */
export function internal(message: string): Error {
  return new Error(`internal: ${message}`);
}
