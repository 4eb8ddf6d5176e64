/** @file Predictions of images that were dropped on the page, under the names that their owner knows. */

import { TransfuseError } from '../../errors.js';
import { predict } from '../../runs/predict.js';
import type { PredictionsView, PredictionView } from '../api.js';
import type { UploadedImage } from './desk-api.js';

export async function predictUploads(
  run: string,
  images: readonly UploadedImage[],
): Promise<PredictionsView> {
  const named = (text: string): string =>
    images.reduce((said, { name, file }) => said.replaceAll(file, name), text);
  const problemOf = (name: string, problem: string): PredictionView => {
    return { name, labels: [], probabilities: [], problem: named(problem) };
  };
  const paths = images.map(({ file }) => file);
  try {
    const { classes, predictions, unreadable } = await predict(run, paths);
    const read = predictions.map(({ image, labels, probabilities }) => {
      return { name: named(image), labels, probabilities, problem: null };
    });
    const failed = images.flatMap(({ name, file }) => {
      const reason = unreadable.find((line) => line.includes(file));
      return reason === undefined ? [] : [problemOf(name, reason)];
    });
    return { classes, predictions: [...read, ...failed] };
  } catch (error) {
    if (!(error instanceof TransfuseError)) throw error;
    throw new TransfuseError(error.code, named(error.message), { cause: error });
  }
}
