/** @file The architectures that can be built here, each a row. Weights come from elsewhere, or from chance. */
import { createHash } from 'node:crypto';
import { TransfuseError } from '../../errors.js';
import type { Network } from '../../graph/network.js';
import { Random } from '../../random.js';
import { randomSupply } from '../blueprint.js';
import type { Conventions } from '../layers.js';
import { type Architecture, architecture, keras } from './architecture.js';
import { denseNet, kerasNames } from './densenet.js';
import { efficientNet, efficientNetConventions } from './efficientnet.js';
import { inceptionV3 } from './inception-v3.js';
import { resNetV2 } from './resnet-v2.js';

export type { Architecture, Framework } from './architecture.js';

/** Keras rounds its ResNets' and DenseNets' epsilon to another base. */
const kerasResidual: Conventions = { ...keras, epsilon: 1.001e-5 };

const rows: readonly Architecture[] = [
  architecture({
    name: 'densenet121',
    framework: 'keras',
    size: 224,
    preprocessing: 'imagenet',
    features: 1024,
    conventions: kerasResidual,
    forward: denseNet([6, 12, 24, 16], kerasNames),
  }),
  architecture({
    name: 'densenet169',
    framework: 'keras',
    size: 224,
    preprocessing: 'imagenet',
    features: 1664,
    conventions: kerasResidual,
    forward: denseNet([6, 12, 32, 32], kerasNames),
  }),
  architecture({
    name: 'resnet50v2',
    framework: 'keras',
    size: 224,
    preprocessing: 'minus-one-one',
    features: 2048,
    conventions: kerasResidual,
    forward: resNetV2([3, 4, 6, 3]),
  }),
  architecture({
    name: 'inceptionv3',
    framework: 'keras',
    size: 299,
    minimumSize: 75,
    preprocessing: 'minus-one-one',
    features: 2048,
    forward: inceptionV3,
  }),
  architecture({
    name: 'efficientnetb0',
    framework: 'keras',
    size: 224,
    preprocessing: 'imagenet',
    features: 1280,
    conventions: efficientNetConventions,
    forward: efficientNet({ width: 1, depth: 1 }),
  }),
  architecture({
    name: 'efficientnetb3',
    framework: 'keras',
    size: 300,
    preprocessing: 'imagenet',
    features: 1536,
    conventions: efficientNetConventions,
    forward: efficientNet({ width: 1.2, depth: 1.4 }),
  }),
];

/** Every architecture by its name. */
export const architectures: Readonly<Record<string, Architecture>> = Object.fromEntries(
  rows.map((row) => [row.name, row]),
);

/** @throws TransfuseError `unknown-model` */
export function architectureNamed(name: string): Architecture {
  if (Object.hasOwn(architectures, name)) return architectures[name]!;
  const known = Object.keys(architectures).join(', ');
  throw new TransfuseError(
    'unknown-model',
    `there is no architecture ${name}; those that can be built are ${known}`,
  );
}

/**
 * An untrained network: kernels as its framework draws them, batch norm at scale 1, centre 0, mean 0, variance 1. Equal
 * seeds give equal weights, and its SHA-256 is that of these.
 * @throws TransfuseError `unknown-model`
 */
export function createRandom(name: string, seed: number): Network {
  const network = architectureNamed(name).create(randomSupply(new Random(seed, WEIGHTS_STREAM)));
  const hash = createHash('sha256');
  for (const { tensor } of network.parameters) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return { ...network, sha256: hash.digest('hex') };
}

/** What tells this stream of a seed from others. */
const WEIGHTS_STREAM = 0x77676874;
