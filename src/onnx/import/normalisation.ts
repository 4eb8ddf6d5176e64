/** @file The row for batch norm. */
import { TransfuseError } from '../../errors.js';
import { batchNormalization } from '../../graph/ops/batch-normalization.js';
import { batchNormalizationTraining } from '../../graph/ops/batch-normalization-training.js';
import type { Call, Rows } from './call.js';
import { type Claim, layerOfBatchNorm } from './parameters.js';

const roles = ['bn-scale', 'bn-centre', 'bn-mean', 'bn-variance'] as const;
const names = ['scale', 'centre', 'moving_mean', 'moving_variance'] as const;

export const normalisationRows: Rows = {
  BatchNormalization: (call) => {
    if (call.int('spatial', 1) === 0) throw call.refusal('normalises every pixel on its own (spatial = 0)');
    if (call.operand(0).kind === 'static') throw standardisesWeights(call);
    const [scale, centre, mean, variance] = weights(call);
    const { graph, surroundings } = call;
    const x = call.value(0);
    const epsilon = call.float('epsilon', 1e-5);
    if (surroundings.statistics === 'frozen') {
      return batchNormalization(graph, x, scale.value(), centre.value(), mean.value(), variance.value(), {
        epsilon,
      });
    }
    const { y, batchMean, batchVariance, correction } = batchNormalizationTraining(
      graph,
      x,
      scale.value(),
      centre.value(),
      {
        epsilon,
      },
    );
    surroundings.addBatchStatistics({
      mean: batchMean,
      variance: batchVariance,
      correction,
      meanName: mean.info.name,
      varianceName: variance.info.name,
      momentum: call.float('momentum', 0.9),
    });
    return y;
  },
};

function standardisesWeights(call: Call): TransfuseError {
  return new TransfuseError(
    'no-batch-norm',
    `${call.title} standardises weights, not what comes from the images: a network without batch norm, which is what Transfuse trains`,
  );
}

type BatchNormWeight = ReturnType<Call['surroundings']['parameter']>;

/** The four weights, named as they are stored where that name is theirs alone, else after their layer. */
function weights(call: Call): [BatchNormWeight, BatchNormWeight, BatchNormWeight, BatchNormWeight] {
  const { node, surroundings } = call;
  const { batchNorms } = surroundings;
  const inputs = node.inputs.slice(1, 5);
  const stored = inputs.map((name, i) => {
    const operand = call.operand(i + 1);
    return (operand.kind === 'static' && operand.weight) || name;
  });
  const layer = layerOfBatchNorm(
    stored.filter((_, i) => batchNorms.isOwn(inputs[i]!)),
    node,
  );
  const claim = (i: number): Claim => {
    const plain = `${layer}.${names[i]}`;
    return {
      key: `${i} of ${batchNorms.layer(node)}`,
      names: batchNorms.isOwn(inputs[i]!) ? [stored[i]!, plain] : [plain],
      role: roles[i]!,
      tensor: call.tensor(i + 1),
      layer,
    };
  };
  return [0, 1, 2, 3].map((i) => surroundings.parameter(claim(i))) as ReturnType<typeof weights>;
}
