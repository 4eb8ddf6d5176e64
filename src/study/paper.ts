/** @file The published study as a study file would say it. */
import type { StudyDefinition } from './definition.js';
import {
  PUBLISHED_REPETITIONS,
  publishedArchitectures,
  publishedDatasets,
  publishedMethods,
} from './published.js';

/** What `study run` calls it. */
export const PAPER = 'paper';

/** @param data the folder below which the data sets lie, as they are downloaded */
export function paperStudy(data: string): StudyDefinition {
  return {
    name: PAPER,
    datasets: Object.fromEntries(publishedDatasets.map(({ id }) => [id, { path: data, dataset: id }])),
    architectures: Object.fromEntries(publishedArchitectures.map(({ id, model }) => [id, { model }])),
    methods: Object.fromEntries(publishedMethods.map(({ id, method }) => [id, { method }])),
    repetitions: PUBLISHED_REPETITIONS,
    seed: 0,
    keep: 'adapter',
    settings: {},
  };
}
