/** @file What the layers of one network are called elsewhere. */

/** From the name that a layer has here to the one in a file; undefined where that dialect has no such layer. */
export type Dialect = (name: string) => string | undefined;

/** torchvision's DenseNets of before 2018, whose files are still the published ones. */
const earlyDenseNet: Dialect = (name) => name.replace(/(denselayer\d+\.(?:norm|conv))(\d)$/, '$1.$2');

/** timm's EfficientNets, for Keras'. */
const timmEfficientNet: Dialect = (name) => {
  const outer = { stem_conv: 'conv_stem', stem_bn: 'bn1', top_conv: 'conv_head', top_bn: 'bn2' }[name];
  const [, stage, block, part] = /^block(\d)([a-z])_(.+)$/.exec(name) ?? [];
  if (outer || !stage || !block || !part) return outer;
  const inner = (stage === '1' ? withoutExpansion : withExpansion)[part];
  return inner && `blocks.${Number(stage) - 1}.${block.charCodeAt(0) - LETTER_A}.${inner}`;
};

const LETTER_A = 'a'.charCodeAt(0);

const excitation = { se_reduce: 'se.conv_reduce', se_expand: 'se.conv_expand' };

const withExpansion: Readonly<Record<string, string>> = {
  ...excitation,
  expand_conv: 'conv_pw',
  expand_bn: 'bn1',
  dwconv: 'conv_dw',
  bn: 'bn2',
  project_conv: 'conv_pwl',
  project_bn: 'bn3',
};

const withoutExpansion: Readonly<Record<string, string>> = {
  ...excitation,
  dwconv: 'conv_dw',
  bn: 'bn1',
  project_conv: 'conv_pw',
  project_bn: 'bn2',
};

/** timm's MobileNetV2, for torchvision's, which counts blocks through and does not name their layers. */
const timmMobileNetV2: Dialect = (name) => {
  const outer = {
    'features.0.0': 'conv_stem',
    'features.0.1': 'bn1',
    'features.18.0': 'conv_head',
    'features.18.1': 'bn2',
  }[name];
  const [, number, place] = /^features\.(\d+)\.conv\.(.+)$/.exec(name) ?? [];
  if (outer || !number || !place) return outer;
  const inner = (number === '1' ? firstBlock : otherBlocks)[place];
  let block = Number(number) - 1;
  const stage = MOBILENET_V2_REPEATS.findIndex((repeats) => {
    if (block < repeats) return true;
    block -= repeats;
    return false;
  });
  return inner && `blocks.${stage}.${block}.${inner}`;
};

const MOBILENET_V2_REPEATS = [1, 2, 3, 4, 3, 3, 1];

const firstBlock: Readonly<Record<string, string>> = {
  '0.0': 'conv_dw',
  '0.1': 'bn1',
  '1': 'conv_pw',
  '2': 'bn2',
};

const otherBlocks: Readonly<Record<string, string>> = {
  '0.0': 'conv_pw',
  '0.1': 'bn1',
  '1.0': 'conv_dw',
  '1.1': 'bn2',
  '2': 'conv_pwl',
  '3': 'bn3',
};

/** Dialects for the networks of a framework, in files of the same one. */
export const sameFramework: readonly Dialect[] = [(name) => name, earlyDenseNet, timmMobileNetV2];

/**
 * Dialects for Keras' networks in PyTorch's files: timm's `tf_efficientnet_*`, which pad as Keras does. Its other
 * EfficientNets have the same names and shapes but pad otherwise, so these are never taken without being asked for.
 */
export const kerasInPytorch: readonly Dialect[] = [timmEfficientNet];
