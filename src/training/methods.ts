/**
 * @file The fine-tuning methods as a table: each is a list of phases, each phase says which roles train, how fast, for
 * how long, and which statistics normalise. A new method is a new row.
 * Source of the published ones: Kanavati & Tsuneki, MIDL 2021.
 */
import { TransfuseError } from '../errors.js';
import type { Statistics } from '../graph/network.js';
import type { Role } from '../graph/role.js';

export interface Phase {
  readonly name: string;
  readonly trains: readonly Role[];
  readonly learningRate: number;
  /** The most epochs it may take; early stopping usually ends it before. */
  readonly epochs: number;
  /** Which batch-norm statistics normalise during training. */
  readonly statistics: Statistics;
}

export interface Method {
  readonly summary: string;
  readonly phases: readonly Phase[];
}

const head = ['head-kernel', 'head-bias'] as const;

/** Groups of roles as people name them. */
export const roleGroups = {
  head,
  scale: ['bn-scale'],
  centre: ['bn-centre'],
  bn: ['bn-scale', 'bn-centre'],
  kernels: ['kernel'],
  biases: ['bias'],
  all: ['kernel', 'bias', 'bn-scale', 'bn-centre', ...head],
} as const satisfies Record<string, readonly Role[]>;

/** "Until early stopping": the published ceilings. */
const HEAD_EPOCHS = 100;
const EPOCHS = 500;

const phase = (name: string, trains: readonly Role[], learningRate: number, epochs: number): Phase => ({
  name,
  trains,
  learningRate,
  epochs,
  statistics: 'frozen',
});

const headOnly = phase('head', head, 1e-3, HEAD_EPOCHS);
const headFirst = phase('head', head, 1e-3, 1);
const bnAndHead = [...roleGroups.bn, ...head] as const;

export const methods = {
  fc: { summary: 'the head alone', phases: [headOnly] },
  'fc-then-full': {
    summary: 'the head, then everything at a hundredth of the rate',
    phases: [headOnly, phase('full', roleGroups.all, 1e-5, EPOCHS)],
  },
  'fc-then-bn': {
    summary: 'the head for one epoch, then batch-norm scale and centre with it (the default)',
    phases: [headFirst, phase('bn', bnAndHead, 1e-3, EPOCHS)],
  },
  'bn-and-fc': {
    summary: 'batch-norm scale and centre with the head from the start',
    phases: [phase('bn', bnAndHead, 1e-3, EPOCHS)],
  },
  'fc-then-bn-lr': {
    summary: 'the head, then batch-norm scale and centre with it at a hundredth of the rate',
    phases: [headOnly, phase('bn', bnAndHead, 1e-5, EPOCHS)],
  },
  'scale-only': {
    summary: 'the head for one epoch, then batch-norm scale with it',
    phases: [headFirst, phase('scale', [...roleGroups.scale, ...head], 1e-3, EPOCHS)],
  },
  'centre-only': {
    summary: 'the head for one epoch, then batch-norm centre with it',
    phases: [headFirst, phase('centre', [...roleGroups.centre, ...head], 1e-3, EPOCHS)],
  },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;

/**
 * Resolves a method: a row's name, or phases spelled out as `ROLES[@RATE][xEPOCHS]`, separated by commas, where ROLES
 * joins role groups by `+`: `head@1e-3x1,scale+centre+head@1e-3x20`.
 * @throws TransfuseError `unknown-method`
 */
export function resolveMethod(text: string): Method {
  if (Object.hasOwn(methods, text)) return methods[text as MethodName];
  const phases = text.split(',').map((part) => parsePhase(part.trim(), text));
  return { summary: 'spelled out', phases };
}

function parsePhase(text: string, method: string): Phase {
  const [, names, rate, epochs] = /^([a-z+]+?)(?:@([\d.]+(?:e[-+]?\d+)?))?(?:x(\d+))?$/.exec(text) ?? [];
  const groups = names?.split('+') ?? [];
  const learningRate = Number(rate ?? 1e-3);
  if (
    !names ||
    groups.some((name) => !Object.hasOwn(roleGroups, name)) ||
    !(learningRate > 0) ||
    epochs === '0'
  ) {
    throw new TransfuseError(
      'unknown-method',
      `--method is ${method}; it must be one of ${Object.keys(methods).join(', ')}, or phases spelled out such as head@1e-3x1,scale+centre+head@1e-3 with roles from ${Object.keys(roleGroups).join(', ')}`,
    );
  }
  const trains = [...new Set(groups.flatMap((name) => roleGroups[name as keyof typeof roleGroups]))];
  return phase(names, trains, learningRate, Number(epochs ?? EPOCHS));
}
