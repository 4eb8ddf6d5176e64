/** @file What a finished run is worth. */
import type { RocView, RunView } from '../../api.js';
import { useFetched } from '../fetched.js';
import { address } from '../http.js';
import { Measured } from './measured.js';

export function ResultsView({ run }: { run: RunView }) {
  const { value: rocs = {} } = useFetched<Record<string, RocView[]>>(
    address('/api/runs/roc', { run: run.id }),
  );
  return <Measured metrics={run.metrics} rocs={rocs} />;
}
