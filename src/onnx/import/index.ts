/** @file ONNX file → network: the whole of the import, in order. */
import { internal, TransfuseError } from '../../errors.js';
import { Graph, type Value } from '../../graph/graph.js';
import type { BuildOptions, BuiltNetwork, Network } from '../../graph/network.js';
import { globalAveragePool } from '../../graph/ops/global-average-pool.js';
import { reshape } from '../../graph/ops/reshape.js';
import { showType, sizeOf } from '../../graph/tensor.js';
import type { OnnxNode } from '../model.js';
import type { OnnxFile } from '../read.js';
import { fuseActivations } from './fuse.js';
import { findImageInput } from './image-input.js';
import type { Operand } from './operand.js';
import { ParameterTable } from './parameters.js';
import { opsetOf, requireBatchNorm } from './refusals.js';
import { type Program, type Replayed, replay } from './replay.js';
import { withoutSequences } from './sequences.js';
import { type Features, findFeatures, nodesBefore } from './top.js';

/** The image size at which a network is first looked at that takes any. */
const USUAL_SIZE = 224;

/**
 * Imports the part of a classifier or feature extractor that turns images into pooled features. Its weights are
 * referred to, never copied, however often it is built.
 * @throws TransfuseError `unsupported-opset`, `no-batch-norm`, `not-an-image-network`, `unsupported-operator`,
 * `unsupported-model`, `bad-weights`, `damaged-onnx`
 */
export function importNetwork(file: OnnxFile): Network {
  const opset = opsetOf(file);
  requireBatchNorm(file);
  const input = findImageInput(file.graph);
  const whole: Program = {
    nodes: fuseActivations({ ...file.graph, nodes: withoutSequences(file.graph) }),
    initializers: file.graph.initializers,
    opset,
    input,
  };
  const permanent = new Map<OnnxNode, readonly Operand[]>();
  const { height = USUAL_SIZE, width = USUAL_SIZE, batch = 1 } = input;

  const replayAtOwnSize = (program: Program, parameters: ParameterTable): { graph: Graph } & Replayed => {
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [batch, 3, height, width] });
    return { graph, ...replay(program, { graph, images, statistics: 'frozen', parameters, permanent }) };
  };

  const { operands } = replayAtOwnSize(whole, new ParameterTable());
  const features = findFeatures(file.graph, whole.nodes, input.name, operands);
  const program = { ...whole, nodes: nodesBefore(whole.nodes, features.name) };

  const parameters = new ParameterTable();
  const own = replayAtOwnSize(program, parameters);
  const pooled = pool(own.graph, own.operands, features);
  const { all } = parameters;
  if (!all.some(({ role }) => role === 'bn-scale'))
    requireBatchNorm({ ...file, graph: { ...file.graph, nodes: program.nodes } });

  return {
    name: file.name,
    sha256: file.sha256,
    features: pooled.shape[1]!,
    parameters: all,
    build(graph: Graph, images: Value, options: BuildOptions): BuiltNetwork {
      const { batch, height, width, statistics } = options;
      if (showType(images) !== `float32[${batch},3,${height},${width}]`) {
        throw internal(`images of type ${showType(images)} are not ${batch} of ${height}×${width}`);
      }
      const built = replay(program, {
        graph,
        images,
        statistics,
        parameters,
        native: own.operands,
        permanent,
      });
      return {
        graph,
        images,
        features: pool(graph, built.operands, features),
        batchStatistics: built.batchStatistics,
      };
    },
  };
}

/** The features as [N,C]: a map is averaged over its pixels. */
function pool(graph: Graph, operands: Replayed['operands'], { name, isMap }: Features): Value {
  const operand = operands.get(name);
  if (operand?.kind === 'unknown') throw operand.error;
  if (operand?.kind !== 'computed')
    throw new TransfuseError('not-an-image-network', `${name} does not depend on the images`);
  // Under a pending transposition to channels last lies the map as convolutions give it.
  const { value } = operand;
  const vector = isMap ? globalAveragePool(graph, value) : value;
  const batch = vector.shape[0]!;
  return reshape(graph, vector, [batch, sizeOf(vector.shape) / batch]);
}
