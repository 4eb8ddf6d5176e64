/** @file In a word, how a run stands. */
import type { RunState } from '../../api.js';

const words: Readonly<Record<RunState, string>> = {
  starting: 'starting',
  running: 'training',
  stopping: 'stopping',
  stopped: 'stopped',
  finished: 'finished',
  failed: 'failed',
};

export function StateMark({ state }: { state: RunState }) {
  return <span class={`state ${state}`}>{words[state]}</span>;
}
