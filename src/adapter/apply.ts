/** @file An adapter put on its base: the classifier that was trained. */
import { TransfuseError } from '../errors.js';
import type { Network } from '../graph/network.js';
import { sameShape, showShape } from '../graph/tensor.js';
import type { Classifier, Weights } from '../models/classifier.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../models/head.js';
import type { Adapter } from './adapter.js';

/**
 * The classifier that an adapter makes of its base, and the values that replace the base's own.
 * @throws TransfuseError `wrong-base` where the network is not the one it was trained on, `adapter-misfit` where it
 * is, but the adapter's parameters are not its own
 */
export function applyAdapter(
  network: Network,
  adapter: Adapter,
): { classifier: Classifier; weights: Weights } {
  const { base, weights, task, classes, preprocessing, height, width } = adapter;
  if (network.sha256 !== base.sha256) {
    throw new TransfuseError(
      'wrong-base',
      `this adapter was trained on base ${base.name} (sha256 ${brief(base.sha256)}), but ${network.name} has sha256 ${brief(network.sha256)}; give the right one with --model`,
    );
  }
  checkParameters(network, adapter);
  const head = { kernel: weights.get(HEAD_KERNEL)!, bias: weights.get(HEAD_BIAS)! };
  return { classifier: { network, head, preprocessing, height, width, task, classes }, weights };
}

function checkParameters(network: Network, { weights }: Adapter): void {
  const misfit = (why: string) =>
    new TransfuseError('adapter-misfit', `this adapter does not fit ${network.name}: ${why}`);
  const own = new Map(network.parameters.map((parameter) => [parameter.name, parameter]));
  for (const [name, { shape }] of weights) {
    if (name === HEAD_BIAS) continue;
    const [wanted, where] =
      name === HEAD_KERNEL
        ? [[network.features, shape[1]!], `of ${network.features} features needs`]
        : [own.get(name)?.shape, 'has'];
    if (!wanted) throw misfit(`the network has no parameter ${name}`);
    if (!sameShape(shape, wanted)) {
      throw misfit(`${name} is ${showShape(shape)}, where the network ${where} ${showShape(wanted)}`);
    }
  }
  const missing = network.parameters.find(({ name, role }) => role.startsWith('bn-') && !weights.has(name));
  if (missing) throw misfit(`it lacks ${missing.name}`);
}

/** `ab12cd34ef56…`: enough of a hash to tell files apart. */
function brief(sha256: string): string {
  return `${sha256.slice(0, 12)}…`;
}
