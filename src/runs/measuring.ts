/**
 * @file Measuring in a thread of its own: thousands of resamples take seconds, in which progress lines and pages should
 * go on.
 */
import { comparePredictions, measure, type Predictions, subgroupTable } from '../metrics/index.js';
import { startThread } from '../runtime/thread.js';

/** What is measured here or in a thread, to the same bits. */
export const measuring = {
  measure: async (...args: Parameters<typeof measure>) => measure(...args),
  subgroupTable: async (...args: Parameters<typeof subgroupTable>) => subgroupTable(...args),
  comparePredictions: async (...args: Parameters<typeof comparePredictions>) => comparePredictions(...args),
};

/** So many entries, resampled, are counted before a thread would have started. */
const WORTH_A_THREAD = 3e6;

/**
 * Measures predictions, in a thread where that takes long.
 * @param work calls what it is given, also several at once; they run one after another
 */
export async function measureAside<T>(
  { targets }: Pick<Predictions, 'targets'>,
  resamples: number,
  work: (call: typeof measuring) => Promise<T>,
): Promise<T> {
  if (targets.length * resamples < WORTH_A_THREAD) return work(measuring);
  const thread = startThread<typeof measuring>(import.meta.url);
  try {
    return await work(thread.call);
  } finally {
    await thread.close();
  }
}
