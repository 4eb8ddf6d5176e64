/** @file The deployed model: one ONNX file with adapter, resizing and preprocessing inside, and its description. */
import type { Classifier, Weights } from '../models/classifier.js';
import { encodeOnnx } from '../onnx/encode.js';
import { type Adapter, factsOf } from './adapter.js';
import { type ForwardOptions, forwardModel } from './forward.js';

/** Under this key of the model's metadata lies all that an adapter says besides its weights, as JSON. */
export const METADATA_KEY = 'transfuse';

/** Under this one lies the model card, as Markdown. */
export const CARD_KEY = 'transfuse.card';

export interface ExportOptions extends Partial<ForwardOptions> {
  /** What the classifier and the weights were made of. */
  readonly adapter: Adapter;
  /** The model card, in Markdown. */
  readonly card?: string;
}

/**
 * The bytes of an ONNX model (opset 18) that is equal to `predict`: `image` [N,H,W,3], RGB, whole numbers from 0 to
 * 255 → `probabilities` [N,K] and `logits` [N,K]. A binary task has one output: the probability of the second class.
 * By default pixels are uint8, and images of any size are resized inside.
 */
export function exportOnnx(
  classifier: Classifier,
  weights: Weights,
  { adapter, card, input = 'uint8', size = 'any' }: ExportOptions,
): Uint8Array {
  const model = forwardModel(classifier, weights, { input, size });
  const metadata = {
    [METADATA_KEY]: JSON.stringify(factsOf(adapter)),
    ...(card !== undefined && { [CARD_KEY]: card }),
  };
  return encodeOnnx({ ...model, metadata });
}
