/** @file What a run will train, said before it starts: the phases with the user's changes, and a count per role. */
import { TransfuseError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { type Role, roles } from '../graph/role.js';
import { sizeOf } from '../graph/tensor.js';
import { appendClassifier, type Classifier, parametersOf } from '../models/classifier.js';
import type { Drawn } from '../models/start.js';
import { trainedIn } from '../training/loop.js';
import { type Phase, resolveMethod } from '../training/methods.js';
import type { TrainOptions } from './options.js';

export interface Plan {
  /** How the base's weights were drawn anew; absent where they are its own. */
  readonly drawn?: Drawn;
  readonly phases: readonly (Phase & { readonly parameters: number })[];
  /** One row per role that the classifier has. */
  readonly roles: readonly { readonly role: Role; readonly trained: number; readonly frozen: number }[];
}

/**
 * Builds the classifier once, because not every network takes every size.
 * @param option what its size was said by
 * @throws TransfuseError `bad-option` saying what went wrong where
 */
export function refuseUnfit(classifier: Classifier, option = '--size'): void {
  const { height, width, network } = classifier;
  const graph = new Graph();
  const pixels = graph.input('pixels', { dtype: 'uint8', shape: [1, height, width, 3] });
  try {
    appendClassifier(graph, pixels, classifier, { statistics: 'frozen' });
  } catch (cause) {
    if (!(cause instanceof TransfuseError)) throw cause;
    throw new TransfuseError(
      'bad-option',
      `${network.name} does not take images of ${height}×${width}: ${cause.message}; choose another ${option}`,
      { cause },
    );
  }
}

/** How the base's weights are drawn anew, if they are: as the user says, else as the method does. */
export function drawnFor({ method, start: told, seed }: TrainOptions): Drawn | undefined {
  const start = told ?? resolveMethod(method).start ?? 'pretrained';
  return start === 'pretrained' ? undefined : { start, seed };
}

/** The method's phases; `epochs` caps each, `lr` is that of the last, `bn-momentum` of all moving averages. */
export function planPhases({ method, epochs, lr, 'bn-momentum': momentum }: TrainOptions): Phase[] {
  const { phases } = resolveMethod(method);
  return phases.map((phase, i) => ({
    ...phase,
    epochs: Math.min(phase.epochs, epochs ?? phase.epochs),
    learningRate: (i === phases.length - 1 && lr) || phase.learningRate,
    ...(momentum !== undefined && hasMomentum(phase) && { momentum }),
  }));
}

function hasMomentum({ statistics, momentum }: Phase): boolean {
  return statistics === 'batch' && momentum !== 'cumulative';
}

/**
 * Counts what trains.
 * @throws TransfuseError `nothing-to-train` where the network lacks what the method trains
 */
export function makePlan(classifier: Classifier, phases: readonly Phase[]): Plan {
  const parameters = parametersOf(classifier);
  const size = new Map(parameters.map(({ name, shape }) => [name, sizeOf(shape)]));
  const count = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + size.get(name)!, 0);
  const trained = new Set(phases.flatMap((phase) => trainedIn(phase, classifier)));

  const present = new Set(parameters.map(({ role }) => role));
  for (const { name, trains } of phases.filter(({ trains }) => trains.length > 0)) {
    const isNorm = (role: Role) => role.startsWith('bn-');
    // A network may have batch norm without scale; it is the lack of all that a phase is about that makes it void.
    const aboutNorm = trains.filter(isNorm);
    if ((aboutNorm.length ? aboutNorm : trains).some((role) => present.has(role))) continue;
    throw new TransfuseError(
      'nothing-to-train',
      `phase ${name} trains ${trains.join(', ')}, but ${classifier.network.name} has only ${[...present].join(', ')}`,
    );
  }
  return {
    phases: phases.map((phase) => ({ ...phase, parameters: count(trainedIn(phase, classifier)) })),
    roles: roles.flatMap((role) => {
      const ofRole = parameters.filter((parameter) => parameter.role === role).map(({ name }) => name);
      if (ofRole.length === 0) return [];
      const inTraining = count(ofRole.filter((name) => trained.has(name)));
      return [{ role, trained: inTraining, frozen: count(ofRole) - inTraining }];
    }),
  };
}
