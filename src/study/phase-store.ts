/** @file The study's shared phases: what a cell trains and others of the same data, network and seed begin with. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../files/atomic.js';
import { parseTrainOptions } from '../runs/options.js';
import { planPhases } from '../runs/plan.js';
import type { PhaseStore } from '../runs/shared-phases.js';
import type { Phase } from '../training/methods.js';
import type { Cell } from './cells.js';
import { places, type Study } from './study.js';

/** The phases a cell will train, as its options change them. */
export function phasesOf({ options }: Cell): Phase[] {
  return planPhases(parseTrainOptions(options));
}

/** The store of one cell. What no other cell begins with is not kept. */
export function phaseStore({ folder, cells }: Study, cell: Cell): PhaseStore {
  const siblings = cells.filter((other) => other !== cell && isSibling(other, cell)).map(phasesOf);
  const fileOf = (key: string): string => path.join(folder, places.phases, `${key}.safetensors`);
  return {
    wants: (phases) => siblings.some((own) => isPrefix(phases, own)),
    async read(key) {
      return existsSync(fileOf(key)) ? readFile(fileOf(key)) : undefined;
    },
    async write(key, checkpoint) {
      if (!existsSync(fileOf(key))) await writeFileAtomic(fileOf(key), checkpoint);
    },
  };
}

/** Of the same data, network and seed. */
export function isSibling(a: Cell, b: Cell): boolean {
  return a.dataset === b.dataset && a.architecture === b.architecture && a.repetition === b.repetition;
}

function isPrefix(phases: readonly Phase[], of: readonly Phase[]): boolean {
  return JSON.stringify(of.slice(0, phases.length)) === JSON.stringify(phases);
}
