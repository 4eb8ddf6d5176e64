/** @file What a training leaves once validation is predicted: thresholds, operating points, temperature; the adapter. */
import type { Adapter } from '../adapter/adapter.js';
import {
  chooseOperatingPoints,
  chooseThresholds,
  fitTemperature,
  type MeasureOptions,
  type Predictions,
} from '../metrics/index.js';
import { type Classifier, parametersOf, type Weights } from '../models/classifier.js';

/** What is chosen on validation and then only applied. */
export type Chosen = Pick<MeasureOptions, 'points' | 'temperature'> & {
  readonly thresholds: number[] | null;
};

/** @param validation predictions of that split */
export function chooseBy(validation: Predictions): Chosen {
  return {
    thresholds: chooseThresholds(validation),
    points: chooseOperatingPoints(validation),
    temperature: fitTemperature(validation),
  };
}

/** @param weights every parameter that was changed */
export function makeAdapter(
  classifier: Classifier,
  weights: Weights,
  { thresholds, temperature }: Chosen,
  {
    base,
    ...told
  }: Pick<Adapter, 'dicom' | 'method' | 'version'> & {
    readonly base: Omit<Adapter['base'], 'name' | 'sha256'>;
  },
): Adapter {
  const { task, classes, preprocessing, height, width, network } = classifier;
  // Batch norm is kept whole, trained or not, so that an adapter says all there is to say about normalisation.
  const kept = parametersOf(classifier).filter(
    ({ name, role }) => weights.has(name) || role.startsWith('bn-') || role.startsWith('head-'),
  );
  return {
    weights: new Map(kept.map(({ name, tensor }) => [name, weights.get(name) ?? tensor])),
    task,
    classes,
    preprocessing,
    height,
    width,
    thresholds,
    temperature,
    base: { name: network.name, sha256: network.sha256, ...base },
    ...told,
  };
}
