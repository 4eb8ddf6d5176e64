/** @file Which process on which machine: whether another one, seen in a file, still lives. */
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

export interface ProcessIdentity {
  /** Tells apart machines, boots of a machine, and containers that number their processes anew. */
  readonly host: string;
  readonly pid: number;
}

export function thisProcess(): ProcessIdentity {
  const parts = [os.hostname(), system('/proc/sys/kernel/random/boot_id'), namespace()];
  return { host: parts.filter(Boolean).join('/'), pid: process.pid };
}

/** Whether a process has certainly ended; false where that cannot be known from here. */
export function hasEnded({ host, pid }: ProcessIdentity): boolean {
  if (host !== thisProcess().host) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Linux only; elsewhere the host's name has to do. */
function system(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
