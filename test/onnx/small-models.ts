/** @file Small whole networks as ONNX files, in the manners of different exporters. */
import type { OnnxDimension, OnnxModel, OnnxNode } from '../../src/onnx/model.js';
import { batchNorm, batchNormWeights, type ModelParts, node, onnxModel, weight } from './model-builder.js';

/** Conv, batch norm and ReLU from `images` to `map` [N,8,H/2,W/2]; what follows is up to `rest`. */
export function smallModel(
  rest: readonly OnnxNode[],
  outputs: readonly string[],
  options: Partial<ModelParts> & { readonly size?: OnnxDimension } = {},
): OnnxModel {
  const { size = 'size', weights = {}, ...others } = options;
  return onnxModel({
    opset: 13,
    inputShape: ['batch', 3, size, size],
    outputs,
    ...others,
    nodes: [
      node('Conv', 'images stem.kernel', 'stem', { pads: [1, 1, 1, 1], strides: [2, 2] }),
      batchNorm('stem', 'stem.bn'),
      node('Relu', 'stem.bn', 'map'),
      ...rest,
    ],
    weights: { 'stem.kernel': weight([8, 3, 3, 3], 1), ...batchNormWeights('stem.bn', 8), ...weights },
  });
}

/** Weights of a dense layer: `<layer>.kernel` [inputs, outputs] and `<layer>.bias`. */
export function dense(layer: string, inputs: number, outputs: number) {
  return {
    [`${layer}.kernel`]: weight([inputs, outputs], inputs),
    [`${layer}.bias`]: weight([outputs], outputs),
  };
}
