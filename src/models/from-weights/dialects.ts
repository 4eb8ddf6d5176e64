/** @file How others name the layers of the networks that are built here. */
import type { StoredLayer, WeightFile } from '../../weights/weight-file.js';
import type { Architecture } from '../architectures/index.js';

/** From the name that a layer has here to the one in a file. */
export type Dialect = (name: string) => string;

export const dialects: readonly Dialect[] = [
  (name) => name,
  // torchvision's DenseNets of before 2018, whose files are still the published ones.
  (name) => name.replace(/(denselayer\d+\.(?:norm|conv))(\d)$/, '$1.$2'),
];

/**
 * Whether timm's EfficientNets and MobileNets of some kind are this architecture. The names and shapes of those that pad
 * as Keras does (`tf_…`) are the same as of those that pad as PyTorch does, so somebody has to say which a file is.
 */
export function timmHas({ name, framework }: Architecture): 'surely' | 'perhaps' | 'not' {
  if (name.startsWith('efficientnet')) return 'perhaps';
  // timm's own MobileNetV3 has another epsilon than torchvision's.
  if (name.startsWith('mobilenetv3')) return framework === 'keras' ? 'perhaps' : 'not';
  return name === 'mobilenetv2-torchvision' ? 'surely' : 'not';
}

/** What comes first, of a whole network of timm's and of one block. */
const outerOrder = ['conv_stem', 'bn1', 'blocks', 'conv_head', 'bn2'];
const blockOrders = [
  ['conv_dw', 'bn1', 'se.conv_reduce', 'se.conv_expand', 'conv_pw', 'bn2'],
  ['conv_pw', 'bn1', 'conv_dw', 'bn2', 'se.conv_reduce', 'se.conv_expand', 'conv_pwl', 'bn3'],
  ['conv', 'bn1'],
];

/**
 * The layers of one of timm's EfficientNets or MobileNets in the order of its forward pass, which files of safetensors
 * do not keep; undefined where the file holds something else.
 */
export function inTimmOrder({ layers }: WeightFile): StoredLayer[] | undefined {
  const stem = layers.find(({ name }) => /(^|\.)conv_stem$/.test(name))?.name;
  if (stem === undefined) return undefined;
  const prefix = stem.slice(0, -'conv_stem'.length);
  const below = layers.filter(({ name }) => name.startsWith(prefix));
  const inner = new Map(below.map((layer) => [layer.name.slice(prefix.length), layer]));
  const blocks = new Map<string, string[]>();
  for (const name of inner.keys()) {
    const [, block, part] = /^(blocks\.\d+\.\d+)\.(.+)$/.exec(name) ?? [];
    if (block && part) blocks.set(block, [...(blocks.get(block) ?? []), part]);
  }
  const inBlocks = [...blocks]
    .sort(([a], [b]) => byNumber(a, b))
    .flatMap(([block, parts]) => {
      const order = blockOrders.find((order) => parts.every((part) => order.includes(part))) ?? [];
      return order.filter((part) => parts.includes(part)).map((part) => `${block}.${part}`);
    });
  const ordered = outerOrder.flatMap((name) => (name === 'blocks' ? inBlocks : [name]));
  return ordered.flatMap((name) => inner.get(name) ?? []);
}

/** `blocks.2.10` after `blocks.2.9`. */
const { compare: byNumber } = new Intl.Collator('en', { numeric: true });
