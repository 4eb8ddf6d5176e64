/** @file Every ONNX operator that can be imported, and what to say about those that cannot. A new one is a new row. */
import { TransfuseError } from '../../errors.js';
import type { OnnxNode } from '../model.js';
import { activationRows } from './activations.js';
import { arithmeticRows } from './arithmetic.js';
import type { Row, Rows } from './call.js';
import { constantRows } from './constants.js';
import { convolutionRows } from './convolution.js';
import { layoutRows } from './layout.js';
import { normalisationRows } from './normalisation.js';
import { titleOf } from './parameters.js';
import { poolingRows } from './pooling.js';
import { reductionRows } from './reductions.js';
import { resizeRows } from './resize.js';
import { slicingRows } from './slicing.js';

const rows: Rows = {
  ...convolutionRows,
  ...normalisationRows,
  ...poolingRows,
  ...activationRows,
  ...arithmeticRows,
  ...reductionRows,
  ...layoutRows,
  ...slicingRows,
  ...resizeRows,
  ...constantRows,
};

/** Names of the operators that can be imported. */
export const supportedOperators: readonly string[] = Object.keys(rows).sort();

const controlFlow = 'its graph branches or loops; export it in evaluation mode by tracing, with fixed sizes';

const hybrid = 'the network mixes batch norm with another normalisation; take one with batch norm throughout';

/** Operators we know to be missing, and why or what to do. */
const advice: Readonly<Record<string, string>> = {
  If: controlFlow,
  Loop: controlFlow,
  Scan: controlFlow,
  LayerNormalization: hybrid,
  GroupNormalization: hybrid,
  InstanceNormalization: hybrid,
  ConvTranspose: 'it belongs to networks that draw images; take the encoder alone',
  QuantizeLinear: 'the network is quantised; take the float32 one',
  DequantizeLinear: 'the network is quantised; take the float32 one',
  QLinearConv: 'the network is quantised; take the float32 one',
  NonMaxSuppression: 'it belongs to object detectors; export the backbone alone',
};

/**
 * The row of a node's operator.
 * @throws TransfuseError `unsupported-operator`
 */
export function rowOf(node: OnnxNode): Row {
  const row = node.domain === '' && Object.hasOwn(rows, node.opType) ? rows[node.opType] : undefined;
  if (row) return row;
  const name = node.domain ? `${node.domain}.${node.opType}` : node.opType;
  const what =
    advice[node.opType] ?? 'export the network so that it does without it, or cut it before that layer';
  throw new TransfuseError(
    'unsupported-operator',
    `operator ${name} of node ${titleOf(node)} is not supported: ${what}`,
  );
}
