/** @file The architectures that can be built here, each a row. Weights come from elsewhere, or from chance. */
import { TransfuseError } from '../../errors.js';
import type { Network } from '../../graph/network.js';
import { Random } from '../../random.js';
import { randomSupply } from '../blueprint.js';
import { hashOfWeights } from '../weights-hash.js';
import { type Architecture, family } from './architecture.js';
import {
  keras,
  kerasEfficientNet,
  kerasMobile,
  kerasResidual,
  torchvision,
  torchvisionDenseNet,
  torchvisionMobileNetV3,
} from './conventions.js';
import { denseNet, denseNetNames } from './densenet.js';
import { efficientNet, efficientNetDialects } from './efficientnet.js';
import { inceptionV3 } from './inception-v3.js';
import { mobileNet } from './mobilenet.js';
import { mobileNetV2, mobileNetV2Dialects } from './mobilenet-v2.js';
import { largeBlocks, mobileNetV3, mobileNetV3Dialects, smallBlocks } from './mobilenet-v3.js';
import { basic, bottleneck, resNet } from './resnet.js';
import { resNetV2 } from './resnet-v2.js';

export type { Architecture, Framework } from './architecture.js';

const efficientNets = [
  { name: 'efficientnetb0', size: 224, features: 1280, scaling: { width: 1, depth: 1 } },
  { name: 'efficientnetb1', size: 240, features: 1280, scaling: { width: 1, depth: 1.1 } },
  { name: 'efficientnetb2', size: 260, features: 1408, scaling: { width: 1.1, depth: 1.2 } },
  { name: 'efficientnetb3', size: 300, features: 1536, scaling: { width: 1.2, depth: 1.4 } },
  { name: 'efficientnetb4', size: 380, features: 1792, scaling: { width: 1.4, depth: 1.8 } },
];

const rows: readonly Architecture[] = [
  ...family({ framework: 'keras', preprocessing: 'imagenet', conventions: kerasResidual }, [
    { name: 'densenet121', features: 1024, forward: denseNet([6, 12, 24, 16], denseNetNames.keras) },
    { name: 'densenet169', features: 1664, forward: denseNet([6, 12, 32, 32], denseNetNames.keras) },
  ]),
  ...family({ framework: 'torchvision', preprocessing: 'imagenet', conventions: torchvisionDenseNet }, [
    {
      name: 'densenet121-torchvision',
      features: 1024,
      forward: denseNet([6, 12, 24, 16], denseNetNames.torchvision),
    },
    {
      name: 'densenet169-torchvision',
      features: 1664,
      forward: denseNet([6, 12, 32, 32], denseNetNames.torchvision),
    },
  ]),
  ...family({ framework: 'keras', preprocessing: 'minus-one-one', conventions: kerasResidual }, [
    { name: 'resnet50v2', features: 2048, forward: resNetV2([3, 4, 6, 3]) },
  ]),
  ...family({ framework: 'torchvision', preprocessing: 'imagenet', conventions: torchvision }, [
    { name: 'resnet18', features: 512, forward: resNet(basic, [2, 2, 2, 2]) },
    { name: 'resnet34', features: 512, forward: resNet(basic, [3, 4, 6, 3]) },
    { name: 'resnet50', features: 2048, forward: resNet(bottleneck, [3, 4, 6, 3]) },
  ]),
  ...family({ framework: 'keras', preprocessing: 'minus-one-one', conventions: keras }, [
    { name: 'inceptionv3', size: 299, minimumSize: 75, features: 2048, forward: inceptionV3 },
  ]),
  ...family(
    { framework: 'keras', preprocessing: 'imagenet', conventions: kerasEfficientNet },
    efficientNets.map(({ name, size, features, scaling }) => ({
      name,
      size,
      features,
      forward: efficientNet(scaling, efficientNetDialects.keras),
    })),
  ),
  ...family(
    { framework: 'torchvision', preprocessing: 'imagenet', conventions: torchvision },
    efficientNets.map(({ name, size, features, scaling }) => ({
      name: `${name}-torchvision`,
      size,
      features,
      forward: efficientNet(scaling, efficientNetDialects.torchvision),
    })),
  ),
  ...family({ framework: 'keras', preprocessing: 'minus-one-one', conventions: keras }, [
    { name: 'mobilenet', features: 1024, forward: mobileNet(1) },
    { name: 'mobilenet-0.75', features: 768, forward: mobileNet(0.75) },
    { name: 'mobilenet-0.5', features: 512, forward: mobileNet(0.5) },
    { name: 'mobilenet-0.25', features: 256, forward: mobileNet(0.25) },
  ]),
  ...family({ framework: 'keras', preprocessing: 'minus-one-one', conventions: kerasMobile }, [
    { name: 'mobilenetv2', features: 1280, forward: mobileNetV2(1, mobileNetV2Dialects.keras) },
    { name: 'mobilenetv2-1.4', features: 1792, forward: mobileNetV2(1.4, mobileNetV2Dialects.keras) },
    { name: 'mobilenetv2-0.5', features: 1280, forward: mobileNetV2(0.5, mobileNetV2Dialects.keras) },
    { name: 'mobilenetv2-0.35', features: 1280, forward: mobileNetV2(0.35, mobileNetV2Dialects.keras) },
    {
      name: 'mobilenetv3-small',
      features: 576,
      forward: mobileNetV3(smallBlocks, mobileNetV3Dialects.keras),
    },
    {
      name: 'mobilenetv3-large',
      features: 960,
      forward: mobileNetV3(largeBlocks, mobileNetV3Dialects.keras),
    },
  ]),
  ...family({ framework: 'torchvision', preprocessing: 'imagenet', conventions: torchvision }, [
    {
      name: 'mobilenetv2-torchvision',
      features: 1280,
      forward: mobileNetV2(1, mobileNetV2Dialects.torchvision),
    },
  ]),
  ...family({ framework: 'torchvision', preprocessing: 'imagenet', conventions: torchvisionMobileNetV3 }, [
    {
      name: 'mobilenetv3-small-torchvision',
      features: 576,
      forward: mobileNetV3(smallBlocks, mobileNetV3Dialects.torchvision),
    },
    {
      name: 'mobilenetv3-large-torchvision',
      features: 960,
      forward: mobileNetV3(largeBlocks, mobileNetV3Dialects.torchvision),
    },
  ]),
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
  return { ...network, sha256: hashOfWeights(network.parameters) };
}

/** What tells this stream of a seed from others. */
const WEIGHTS_STREAM = 0x77676874;
