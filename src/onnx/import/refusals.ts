/** @file What can be said about a model before looking at its layers: operator set, and whether it has batch norm. */
import { TransfuseError } from '../../errors.js';
import type { OnnxModel } from '../model.js';

const OPSETS = { lowest: 7, highest: 21 };

/**
 * The version of the standard operator set.
 * @throws TransfuseError `unsupported-opset` outside 7 to 21
 */
export function opsetOf({ opsets }: OnnxModel): number {
  const { lowest, highest } = OPSETS;
  const version = opsets.get('') ?? 0;
  if (version >= lowest && version <= highest) return version;
  const advice =
    version > highest
      ? `export it with opset_version=18`
      : `convert it with onnx.version_converter.convert_version(model, 13)`;
  throw new TransfuseError(
    'unsupported-opset',
    `the model uses opset ${version || 'none'} of the standard operators; supported are ${lowest} to ${highest}: ${advice}`,
  );
}

/** Verified with PyTorch 2.15 and tf2onnx 1.17. Keras 3 itself takes batch norm apart, whatever the backend. */
const exportAdvice =
  'PyTorch: torch.onnx.export(model.eval(), images, file, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE), ' +
  'or dynamo=True with optimize=False. Keras: TF_USE_LEGACY_KERAS=1, and tf2onnx after ' +
  "tf2onnx.optimizer._optimizers.pop('remove_back_to_back')";

/** Other ways to normalise, by what their networks are called. */
const otherNormalisations: readonly { readonly operators: readonly string[]; readonly what: string }[] = [
  {
    operators: [
      'LayerNormalization',
      'SimplifiedLayerNormalization',
      'SkipLayerNormalization',
      'EmbedLayerNormalization',
      'RMSNormalization',
      'Attention',
      'MultiHeadAttention',
    ],
    what: 'a transformer (or, like ConvNeXt, built as one): it has layer norm',
  },
  {
    operators: ['GroupNormalization', 'InstanceNormalization'],
    what: 'normalised by group or instance norm',
  },
];

/** @throws TransfuseError `no-batch-norm`, saying why there may be none and what to do */
export function requireBatchNorm({ graph: { nodes } }: OnnxModel): void {
  const kinds = new Set(nodes.map(({ opType }) => opType));
  if (kinds.has('BatchNormalization')) return;
  const other = otherNormalisations.find(({ operators }) => operators.some((name) => kinds.has(name)));
  // Before opset 17 exporters write layer norm out: (x − mean) / √(variance + ε).
  const isWrittenOut = ['ReduceMean', 'Sub', 'Sqrt', 'Div'].every((name) => kinds.has(name));
  const what = other?.what ?? (isWrittenOut ? otherNormalisations[0]!.what : undefined);
  throw new TransfuseError(
    'no-batch-norm',
    what
      ? `this network is ${what} and no batch norm, which is what Transfuse trains; take a convolutional network with batch norm`
      : `this model has no batch norm left; export it with its batch norm kept apart from the convolutions. ${exportAdvice}. (VGG, AlexNet and SqueezeNet never had any: take another network.)`,
  );
}
