/** @file A part of a study: some of its data sets, networks and methods. */
import { TransfuseError } from '../errors.js';
import { suggestion } from './nearest.js';
import type { Study } from './study.js';

export interface StudyPart {
  readonly datasets?: readonly string[];
  readonly networks?: readonly string[];
  readonly methods?: readonly string[];
}

/**
 * The study with only what is named, in that order; what is not named stays whole.
 * @throws TransfuseError `bad-option` for a name that the study does not have
 */
export function selected(study: Study, { datasets, networks, methods }: StudyPart): Study {
  const { definition } = study;
  const part = {
    ...definition,
    datasets: some('datasets', definition.datasets, datasets),
    architectures: some('networks', definition.architectures, networks),
    methods: some('methods', definition.methods, methods),
  };
  const cells = study.cells.filter(
    ({ dataset, architecture, method }) =>
      dataset in part.datasets && architecture in part.architectures && method in part.methods,
  );
  return { ...study, definition: part, cells };
}

function some<Entry>(
  flag: string,
  all: Readonly<Record<string, Entry>>,
  names: readonly string[] | undefined,
): Record<string, Entry> {
  if (!names) return all;
  for (const name of names) {
    if (name in all) continue;
    throw new TransfuseError(
      'bad-option',
      `--${flag} ${name}: this study has none of that name${suggestion(name, Object.keys(all))}`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}
