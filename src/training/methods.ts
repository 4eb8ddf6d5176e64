/**
 * @file The fine-tuning methods as a table: each is a list of phases, each phase says what trains, how fast, for how
 * long, and which statistics normalise. A new method is a new row.
 * Source of the published ones: Kanavati & Tsuneki, MIDL 2021.
 */
import { TransfuseError } from '../errors.js';
import type { Statistics } from '../graph/network.js';
import type { Role } from '../graph/role.js';
import type { Start } from '../models/start.js';

/** How much of the old moving averages stays at each step; `cumulative`: every image of the epoch counts alike. */
export type Momentum = number | 'cumulative';

/** What is minimised: the cross-entropy with the labels, or, without labels, the entropy of the predictions. */
export type Objective = 'labels' | 'entropy';

export interface Phase {
  readonly name: string;
  readonly trains: readonly Role[];
  /** Of the base, only so many of its last blocks (see models/blocks.ts) train; absent, all do. */
  readonly lastBlocks?: number;
  readonly learningRate: number;
  /** The most epochs it may take; early stopping usually ends it before. */
  readonly epochs: number;
  /**
   * Which batch-norm statistics normalise during training. Those of the batch also move the stored ones, which
   * normalise in evaluation.
   */
  readonly statistics: Statistics;
  /** Of the moving averages; absent, each layer's own. */
  readonly momentum?: Momentum;
  /** Absent, the labels. */
  readonly objective?: Objective;
}

export const starts = ['pretrained', 'random', 'mean-variance'] as const satisfies readonly Start[];

export interface Method {
  readonly summary: string;
  /** What the base's weights are before the first phase; absent, pre-trained. */
  readonly start?: Start;
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

/** Of the moving averages, as published: Keras' default, and the one chosen for averages that alone adapt. */
const MOMENTUM = 0.99;
const MOMENTUM_OF_AVERAGES_ALONE = 0.95;

const phase = (
  name: string,
  trains: readonly Role[],
  learningRate: number,
  epochs: number,
  more: Partial<Phase> = {},
): Phase => ({ name, trains, learningRate, epochs, statistics: 'frozen', ...more });

const moving = (momentum?: Momentum): Partial<Phase> => ({
  statistics: 'batch',
  ...(momentum !== undefined && { momentum }),
});

const bnAndHead = [...roleGroups.bn, ...head] as const;

const headOnly = phase('head', head, 1e-3, HEAD_EPOCHS);
const headFirst = phase('head', head, 1e-3, 1);
const bn = phase('bn', bnAndHead, 1e-3, EPOCHS);
const full = phase('full', roleGroups.all, 1e-5, EPOCHS);
/** Trains nothing: the stored statistics become those of the images at hand, whose labels do not matter. */
const statistics: Phase = phase('statistics', [], 0, 1, moving('cumulative'));
const lastBlocks = (k: number, epochs: number) =>
  phase(`last${k}`, bnAndHead, 1e-3, epochs, { lastBlocks: k });

export const methods = {
  fc: { summary: 'the head alone', phases: [headOnly] },
  'fc-then-full': {
    summary: 'the head, then everything at a hundredth of the rate',
    phases: [headOnly, full],
  },
  'fc-then-bn': {
    summary: 'the head for one epoch, then batch-norm scale and centre with it (the default)',
    phases: [headFirst, bn],
  },
  'bn-and-fc': {
    summary: 'batch-norm scale and centre with the head from the start',
    phases: [bn],
  },
  'fc-then-bn-lr': {
    summary: 'the head, then batch-norm scale and centre with it at a hundredth of the rate',
    phases: [headOnly, { ...bn, learningRate: 1e-5 }],
  },
  'fc-bma': {
    summary: 'the head, on batch statistics, whose moving averages are updated; scale and centre stay',
    phases: [phase('head', head, 1e-3, EPOCHS, moving(MOMENTUM_OF_AVERAGES_ALONE))],
  },
  'fc-then-full-bma': {
    summary: 'as fc-then-full, with batch statistics and moving averages in the second phase',
    phases: [headOnly, { ...full, ...moving(MOMENTUM) }],
  },
  'fc-then-bn-bma': {
    summary: 'as fc-then-bn, with batch statistics and moving averages in the second phase',
    phases: [headFirst, { ...bn, ...moving(MOMENTUM) }],
  },
  'rnd-bn-and-fc': {
    summary: 'as bn-and-fc, from random weights',
    start: 'random',
    phases: [bn],
  },
  'rnd-bn-and-fc-bma': {
    summary: 'as bn-and-fc, from random weights, with batch statistics and moving averages',
    start: 'random',
    phases: [{ ...bn, ...moving(MOMENTUM) }],
  },
  'scale-only': {
    summary: 'the head for one epoch, then batch-norm scale with it',
    phases: [headFirst, phase('scale', [...roleGroups.scale, ...head], 1e-3, EPOCHS)],
  },
  'centre-only': {
    summary: 'the head for one epoch, then batch-norm centre with it',
    phases: [headFirst, phase('centre', [...roleGroups.centre, ...head], 1e-3, EPOCHS)],
  },
  'bn-last-1': {
    summary: 'as fc-then-bn, but of the batch norm only that of the last block',
    phases: [headFirst, lastBlocks(1, EPOCHS)],
  },
  'bn-last-2': {
    summary: 'as fc-then-bn, but of the batch norm only that of the last two blocks',
    phases: [headFirst, lastBlocks(2, EPOCHS)],
  },
  'bn-last-3': {
    summary: 'as fc-then-bn, but of the batch norm only that of the last three blocks',
    phases: [headFirst, lastBlocks(3, EPOCHS)],
  },
  gradual: {
    summary: 'the head, then batch norm from the last block down, one more each epoch, then all of it',
    phases: [headFirst, ...[1, 2, 3, 4].map((k) => lastBlocks(k, 1)), bn],
  },
  'lp-ft': {
    summary: 'the head, then everything, at a rate to choose by --lr (linear probing, then fine-tuning)',
    phases: [headOnly, { ...full, learningRate: 1e-4 }],
  },
  adabn: {
    summary: 'the statistics of your images take the place of the stored ones, then the head',
    phases: [statistics, headOnly],
  },
  'mean-var': {
    summary: 'everything, on batch statistics, from kernels with the pre-trained ones’ mean and variance',
    start: 'mean-variance',
    phases: [{ ...full, learningRate: 1e-3, ...moving(MOMENTUM) }],
  },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;

/** How a trained classifier adapts itself to unlabelled images of another origin; see adapt.ts. */
export const adaptations = {
  adabn: [statistics],
  tent: [phase('tent', roleGroups.bn, 1e-3, 1, { ...moving(), objective: 'entropy' }), statistics],
} as const satisfies Record<string, readonly Phase[]>;

export type AdaptationName = keyof typeof adaptations;
export const adaptationNames = Object.keys(adaptations) as AdaptationName[];

/**
 * Resolves a method: a row's name, or phases spelled out as `ROLES[@RATE][xEPOCHS][/lastK][/batch[MOMENTUM]]`, separated
 * by commas, where ROLES joins role groups by `+`: `head@1e-3x1,scale+centre+head@1e-3x20/last2`. `statistics` is the
 * phase that trains nothing and takes over the statistics of the images.
 * @throws TransfuseError `unknown-method`
 */
export function resolveMethod(text: string): Method {
  if (Object.hasOwn(methods, text)) return methods[text as MethodName];
  const phases = text.split(',').map((part) => parsePhase(part.trim(), text));
  return { summary: 'spelled out', phases };
}

const spelling =
  /^(?<roles>[a-z+]+?)(@(?<rate>[\d.]+(e[-+]?\d+)?))?(x(?<epochs>\d+))?(\/last(?<blocks>\d+))?(?<batch>\/batch(?<momentum>[\d.]+)?)?$/;

function parsePhase(text: string, method: string): Phase {
  if (text === statistics.name) return statistics;
  const { roles, rate, epochs, blocks, batch, momentum } = spelling.exec(text)?.groups ?? {};
  const groups = roles?.split('+') ?? [];
  const learningRate = Number(rate ?? 1e-3);
  if (
    !roles ||
    groups.some((name) => !Object.hasOwn(roleGroups, name)) ||
    !(learningRate > 0) ||
    epochs === '0' ||
    blocks === '0' ||
    !(Number(momentum ?? 0) < 1)
  ) {
    throw new TransfuseError(
      'unknown-method',
      `--method is ${method}; it must be one of ${Object.keys(methods).join(', ')}, or phases spelled out such as head@1e-3x1,scale+centre+head@1e-3 with roles from ${Object.keys(roleGroups).join(', ')}`,
    );
  }
  const trains = [...new Set(groups.flatMap((name) => roleGroups[name as keyof typeof roleGroups]))];
  return phase(roles, trains, learningRate, Number(epochs ?? EPOCHS), {
    ...(blocks && { lastBlocks: Number(blocks) }),
    ...(batch && moving(momentum ? Number(momentum) : undefined)),
  });
}
