/** @file How far training moved each batch norm. */
import { type Classifier, parametersOf, type Weights } from '../models/classifier.js';
import type { LayerMovement } from '../report/types.js';

/** Per batch norm, how far its scale and centre moved from where they began. */
export function layerMovement(classifier: Classifier, weights: Weights): LayerMovement[] {
  const layers = new Map<string, { -readonly [Key in keyof LayerMovement]: LayerMovement[Key] }>();
  for (const { name, role, layer, tensor } of parametersOf(classifier)) {
    if (role !== 'bn-scale' && role !== 'bn-centre') continue;
    const movement = layers.get(layer) ?? { layer, scaleChange: null, centreChange: null };
    layers.set(layer, movement);
    const now = weights.get(name);
    if (!now) continue;
    const before = tensor.data as Float32Array;
    const change = (now.data as Float32Array).map((x, i) => x - before[i]);
    const relative = rms(change) / (rms(before) || 1);
    if (role === 'bn-scale') movement.scaleChange = relative;
    else movement.centreChange = relative;
  }
  return [...layers.values()];
}

function rms(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}
