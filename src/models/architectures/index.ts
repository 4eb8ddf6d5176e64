/** @file The architectures that can be built here, each a row. Weights come from elsewhere, or from chance. */
import { createHash } from 'node:crypto';
import { TransfuseError } from '../../errors.js';
import type { Network } from '../../graph/network.js';
import { Random } from '../../random.js';
import { randomSupply } from '../blueprint.js';
import { heNormalFanIn } from '../initialisers.js';
import type { Conventions } from '../layers.js';
import { type Architecture, architecture, keras, torchvision } from './architecture.js';
import { denseNet, denseNetNames } from './densenet.js';
import { efficientNet, efficientNetConventions } from './efficientnet.js';
import { inceptionV3 } from './inception-v3.js';
import { mobileNet } from './mobilenet.js';
import { kerasMobileConventions, mobileNetV2, mobileNetV2Dialects } from './mobilenet-v2.js';
import { largeBlocks, mobileNetV3, smallBlocks } from './mobilenet-v3.js';
import { basic, bottleneck, resNet } from './resnet.js';
import { resNetV2 } from './resnet-v2.js';

export type { Architecture, Framework } from './architecture.js';

/** Keras rounds its ResNets' and DenseNets' epsilon to another base. */
const kerasResidual: Conventions = { ...keras, epsilon: 1.001e-5 };

/** torchvision draws its DenseNets' kernels by fan-in. */
const torchvisionDenseNet: Conventions = { ...torchvision, kernels: heNormalFanIn };

const rows: readonly Architecture[] = [
  architecture({
    name: 'densenet121',
    framework: 'keras',
    size: 224,
    preprocessing: 'imagenet',
    features: 1024,
    conventions: kerasResidual,
    forward: denseNet([6, 12, 24, 16], denseNetNames.keras),
  }),
  architecture({
    name: 'densenet169',
    framework: 'keras',
    size: 224,
    preprocessing: 'imagenet',
    features: 1664,
    conventions: kerasResidual,
    forward: denseNet([6, 12, 32, 32], denseNetNames.keras),
  }),
  architecture({
    name: 'densenet121-torchvision',
    framework: 'torchvision',
    size: 224,
    preprocessing: 'imagenet',
    features: 1024,
    conventions: torchvisionDenseNet,
    forward: denseNet([6, 12, 24, 16], denseNetNames.torchvision),
  }),
  architecture({
    name: 'densenet169-torchvision',
    framework: 'torchvision',
    size: 224,
    preprocessing: 'imagenet',
    features: 1664,
    conventions: torchvisionDenseNet,
    forward: denseNet([6, 12, 32, 32], denseNetNames.torchvision),
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
  ...[
    { name: 'resnet18', kind: basic, stages: [2, 2, 2, 2], features: 512 },
    { name: 'resnet34', kind: basic, stages: [3, 4, 6, 3], features: 512 },
    { name: 'resnet50', kind: bottleneck, stages: [3, 4, 6, 3], features: 2048 },
  ].map(({ name, kind, stages, features }) =>
    architecture({
      name,
      framework: 'torchvision',
      size: 224,
      preprocessing: 'imagenet',
      features,
      forward: resNet(kind, stages),
    }),
  ),
  architecture({
    name: 'inceptionv3',
    framework: 'keras',
    size: 299,
    minimumSize: 75,
    preprocessing: 'minus-one-one',
    features: 2048,
    forward: inceptionV3,
  }),
  ...[
    { name: 'efficientnetb0', size: 224, width: 1, depth: 1, features: 1280 },
    { name: 'efficientnetb1', size: 240, width: 1, depth: 1.1, features: 1280 },
    { name: 'efficientnetb2', size: 260, width: 1.1, depth: 1.2, features: 1408 },
    { name: 'efficientnetb3', size: 300, width: 1.2, depth: 1.4, features: 1536 },
    { name: 'efficientnetb4', size: 380, width: 1.4, depth: 1.8, features: 1792 },
  ].map(({ name, size, width, depth, features }) =>
    architecture({
      name,
      framework: 'keras',
      size,
      preprocessing: 'imagenet',
      features,
      conventions: efficientNetConventions,
      forward: efficientNet({ width, depth }),
    }),
  ),
  ...[
    { name: 'mobilenet', alpha: 1, features: 1024 },
    { name: 'mobilenet-0.75', alpha: 0.75, features: 768 },
    { name: 'mobilenet-0.5', alpha: 0.5, features: 512 },
    { name: 'mobilenet-0.25', alpha: 0.25, features: 256 },
  ].map(({ name, alpha, features }) =>
    architecture({
      name,
      framework: 'keras',
      size: 224,
      preprocessing: 'minus-one-one',
      features,
      forward: mobileNet(alpha),
    }),
  ),
  ...[
    { name: 'mobilenetv2', alpha: 1, features: 1280 },
    { name: 'mobilenetv2-1.4', alpha: 1.4, features: 1792 },
    { name: 'mobilenetv2-0.5', alpha: 0.5, features: 1280 },
    { name: 'mobilenetv2-0.35', alpha: 0.35, features: 1280 },
  ].map(({ name, alpha, features }) =>
    architecture({
      name,
      framework: 'keras',
      size: 224,
      preprocessing: 'minus-one-one',
      features,
      conventions: kerasMobileConventions,
      forward: mobileNetV2(alpha, mobileNetV2Dialects.keras),
    }),
  ),
  architecture({
    name: 'mobilenetv2-torchvision',
    framework: 'torchvision',
    size: 224,
    preprocessing: 'imagenet',
    features: 1280,
    forward: mobileNetV2(1, mobileNetV2Dialects.torchvision),
  }),
  ...[
    { name: 'mobilenetv3-small', blocks: smallBlocks, features: 576 },
    { name: 'mobilenetv3-large', blocks: largeBlocks, features: 960 },
  ].map(({ name, blocks, features }) =>
    architecture({
      name,
      framework: 'keras',
      size: 224,
      preprocessing: 'minus-one-one',
      features,
      conventions: kerasMobileConventions,
      forward: mobileNetV3(blocks),
    }),
  ),
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
