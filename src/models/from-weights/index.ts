/** @file From a file of weights to a network: which architecture it is for, and every parameter from its place. */
import { TransfuseError } from '../../errors.js';
import type { Network } from '../../graph/network.js';
import type { Tensor } from '../../graph/tensor.js';
import { hashOf } from '../../weights/open.js';
import type { WeightFile } from '../../weights/weight-file.js';
import { type Architecture, architectures } from '../architectures/index.js';
import { type Match, match } from './match.js';
import { readAs, targetsOf } from './targets.js';

/** So many problems are named; the others are counted. */
const SHOWN = 3;

/**
 * The architecture that a file holds the weights of, told by names and shapes.
 * @param hint what it has been taken for before, which decides where it could be several
 * @throws TransfuseError `unknown-architecture` where it is none, or could be several
 */
export function recogniseArchitecture(file: WeightFile, hint?: string): Architecture {
  const matches = Object.values(architectures).map((architecture) => match(architecture, file));
  const fitting = matches.filter(({ problems }) => problems.length === 0);
  const hinted = fitting.find(({ architecture }) => architecture.name === hint);
  if (hinted) return hinted.architecture;
  if (fitting.length === 1 && fitting[0]!.sure) return fitting[0]!.architecture;
  if (fitting.length > 0) {
    const several = fitting.map(({ architecture }) => architecture.name).join(' or ');
    throw new TransfuseError(
      'unknown-architecture',
      `${file.source} could be ${several}; say which with --architecture NAME`,
    );
  }
  const [nearest] = matches
    .filter(({ layers, wrongLayers }) => layers.size > wrongLayers)
    .sort((a, b) => a.wrongLayers - b.wrongLayers);
  if (file.naming === 'numbered' && !nearest) {
    throw new TransfuseError(
      'unknown-architecture',
      `${file.source} has no names of layers, by which its architecture could be told; save the model as .keras or .h5 instead`,
    );
  }
  const near = nearest
    ? `; the nearest is ${nearest.architecture.name}, but ${abridged(nearest.problems)}`
    : '';
  throw new TransfuseError(
    'unknown-architecture',
    `${file.source} holds the weights of none of the architectures that are built here${near}; \`transfuse models\` lists them. If it is one of them all the same, name it with --architecture; if not, export the network to ONNX`,
  );
}

/**
 * An architecture with the weights of a file. A classifier's own top is left out.
 * @throws TransfuseError `weights-misfit` naming what is missing, left over, or of the wrong shape; `bad-weights`
 * where they are not finite
 */
export async function networkFromWeights(architecture: Architecture, file: WeightFile): Promise<Network> {
  const found = match(architecture, file);
  if (found.problems.length > 0) {
    throw new TransfuseError(
      'weights-misfit',
      `${file.source} does not hold the weights of ${architecture.name}: ${abridged(found.problems)}`,
    );
  }
  const tensors = await readAll(found, file);
  return architecture.create((name) => tensors.get(name)!, await hashOf(file));
}

async function readAll({ architecture, layers }: Match, file: WeightFile): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const { name, shapes } of targetsOf(architecture)) {
    const stored = layers.get(name)!;
    for (const [weight, shape] of shapes) {
      const tensor = await readAs(
        shape,
        stored.weights.find((other) => other.name === weight)!,
        file.framework,
      );
      if (!(tensor.data as Float32Array).every(Number.isFinite)) {
        throw new TransfuseError(
          'bad-weights',
          `${file.source} has values that are not finite in ${stored.name}.${weight}`,
        );
      }
      tensors.set(`${name}.${weight}`, tensor);
    }
  }
  return tensors;
}

function abridged(problems: readonly string[]): string {
  const shown = problems.slice(0, SHOWN).join(', ');
  return problems.length > SHOWN ? `${shown}, and ${problems.length - SHOWN} more` : shown;
}
