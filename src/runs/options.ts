/** @file The options of each command, once: names, meanings, limits and defaults, as tables. */
import { z } from 'zod';
import { hospitalsRule, parseHospitals } from '../data/datasets/hospitals.js';
import { defaultDicom, framesRule, isFrames, parseWindow, windowRule } from '../data/dicom/options.js';
import { uncertainPolicies } from '../data/types.js';
import { parsePreprocessing } from '../models/preprocessing.js';
import { devices } from '../runtime/device.js';
import type { EarlySize } from '../training/growing.js';
import { adaptationNames, resolveMethod, starts } from '../training/methods.js';
import { optimiserNames } from '../training/optimisers.js';
import { scheduleNames } from '../training/schedules.js';
import {
  calibrateSetting,
  heatmapSettings,
  measureSettings,
  resampleSettings,
  subgroupSettings,
} from './explain-options.js';
import { help, number, oneOf, parseOptions, text, whole, yesOrNo } from './option-table.js';

const MOST_PIXELS = 8192;
const earlySizesRule = 'must be sizes and epochs such as 96:3 or 96:3,112x120:2';

const imageSize = z
  .union([z.number(), z.string()], `must be a number of pixels, or HEIGHTxWIDTH`)
  .transform((size) => String(size))
  .refine(
    (size) => /^[1-9]\d*(x[1-9]\d*)?$/.test(size) && parseSize(size).every((pixels) => pixels <= MOST_PIXELS),
    `must be a number of pixels, or HEIGHTxWIDTH, at most ${MOST_PIXELS} each`,
  );

const fraction = () => number((n) => n >= 0 && n < 1, 'must be a fraction from 0 to below 1');

const frames = () => text().refine(isFrames, framesRule);

/** Which known data set it is, and what only some of those take. */
const datasetSettings = () => ({
  dataset: text().optional().register(help, {
    value: 'NAME',
    group: 'Data',
    description:
      'read the data as this known data set, with its published split, size, batch and dropout (see transfuse datasets); default: told by the layout, where it is unmistakable',
  }),
  uncertain: oneOf(uncertainPolicies)
    .optional()
    .register(help, {
      value: 'POLICY',
      group: 'Data',
      description: `CheXpert’s uncertain labels: ${uncertainPolicies.join(', ')}; default: published (such images are left out)`,
    }),
  hospitals: text()
    .refine((hospitals) => parseHospitals(hospitals) !== undefined, hospitalsRule)
    .optional()
    .register(help, {
      value: 'A/B/C',
      group: 'Data',
      description: 'Camelyon17: hospitals for training / validation / test; default: 4/1/0,2,3',
    }),
});

const threads = () =>
  whole(0, 1024).default(0).register(help, {
    value: 'N',
    group: 'Running',
    description: 'threads of ONNX Runtime; 0 takes one per core',
  });

const device = () =>
  oneOf(['auto', ...devices])
    .default('auto')
    .register(help, {
      value: 'NAME',
      group: 'Running',
      description: `what computes: auto (a GPU where it is measured to be faster than the CPU), ${devices.join(', ')}`,
    });

export const trainOptionsSchema = z.strictObject({
  model: text().default('builtin').register(help, {
    value: 'NAME|FILE',
    group: 'Model',
    description:
      'a network by name (`transfuse models` lists them), or a file: ONNX, .h5, .keras, .pth, .safetensors, model.json',
  }),
  architecture: text().optional().register(help, {
    value: 'NAME',
    group: 'Model',
    description: 'what a file of weights is for, where its names and shapes do not tell',
  }),
  method: text().default('fc-then-bn').register(help, {
    value: 'METHOD',
    group: 'Model',
    description: 'what trains, in which order: see “Methods” below',
  }),
  start: oneOf(starts).optional().register(help, {
    value: 'WEIGHTS',
    group: 'Model',
    description:
      'the network’s weights before training: pretrained, random, or mean-variance (drawn with no more than the mean and variance of the pre-trained ones); default: the method’s own',
  }),
  size: imageSize.optional().register(help, {
    value: 'H[xW]',
    group: 'Model',
    description: 'image size in pixels; default: what the network was trained with, else 224',
  }),
  preprocess: text().optional().register(help, {
    value: 'NAME|MEAN/STD',
    group: 'Model',
    description:
      'imagenet, unit, minus-one-one, none, or mean/std such as 0.5,0.5,0.5/0.25,0.25,0.25; default: the built-in network’s own, else imagenet',
  }),
  dropout: fraction().default(0.5).register(help, {
    value: 'P',
    group: 'Model',
    description: 'fraction of features dropped before the head in training',
  }),

  ...datasetSettings(),
  'validation-leak': yesOrNo().optional().register(help, {
    group: 'Data',
    description: 'CheXpert: draw validation from training patients, as the published notebook did by mistake',
  }),
  val: number((n) => n > 0 && n < 1, 'must be a fraction between 0 and 1')
    .optional()
    .register(help, {
      value: 'FRACTION',
      group: 'Data',
      description:
        'hold out this much of train for validation; default: a val folder if there is one, else 0.15',
    }),
  test: fraction().optional().register(help, {
    value: 'FRACTION',
    group: 'Data',
    description: 'hold out this much for the test where there is no test folder; default 0.15',
  }),
  'train-images': whole(1).optional().register(help, {
    value: 'N',
    group: 'Data',
    description: 'train on so many images only, drawn by the seed with every class in proportion',
  }),
  'group-by': text().optional().register(help, {
    value: 'PATTERN',
    group: 'Data',
    description:
      'keep groups (patients) on one side: a pattern over the path such as "C(\\d+)P", column:NAME, or dicom:PatientID',
  }),
  ...subgroupSettings(),
  'max-unreadable': number(
    (n) => n >= 0 && (n < 1 || Number.isInteger(n)),
    'must be a whole number of files, or a fraction below 1',
  )
    .optional()
    .register(help, {
      value: 'N',
      group: 'Data',
      description: 'unreadable files to skip before giving up: a count, or a fraction below 1; default 0.01',
    }),
  window: text()
    .refine((window) => parseWindow(window) !== undefined, windowRule)
    .default(defaultDicom.window)
    .register(help, {
      value: 'WINDOW',
      group: 'Data',
      description:
        'DICOM grey values: the file’s first window (file) or another (file:2), percentile, range, or CENTRE/WIDTH such as 40/400',
    }),
  frames: frames().default(defaultDicom.frames).register(help, {
    value: 'WHICH',
    group: 'Data',
    description: 'DICOM files of several frames: first, middle, all (each an image), or a number from 1',
  }),
  augment: yesOrNo().default(true).register(help, {
    group: 'Data',
    description:
      'flip, shift and zoom training images (±10 %, filled by reflection); without it, frozen layers before all that trains see each image but once',
  }),
  'class-weights': yesOrNo().default(false).register(help, {
    group: 'Data',
    description: 'let each class count alike, however many images it has',
  }),

  batch: whole(1).default(32).register(help, {
    value: 'N',
    group: 'Training',
    description: 'images per step',
  }),
  epochs: whole(1).optional().register(help, {
    value: 'N',
    group: 'Training',
    description: 'most epochs of each phase; default: the method’s own, ended by early stopping',
  }),
  'grow-size': text()
    .refine((sizes) => parseEarlySizes(sizes) !== undefined, earlySizesRule)
    .optional()
    .register(help, {
      value: 'SIZE:N,…',
      group: 'Training',
      description:
        'train the first epochs of each phase on smaller images, such as 96:3,112:2 (three epochs at 96, two at 112, then --size); validation always has --size; default: off',
    }),
  'skip-easy': number((n) => n > 0 && n < Number.POSITIVE_INFINITY, 'must be a number above 0')
    .optional()
    .register(help, {
      value: 'LOSS',
      group: 'Training',
      description:
        'learn only from images whose loss is at least this, such as 0.05; the others are only looked at. In phases that train more than the head, on frozen statistics; default: off',
    }),
  lr: number((n) => n > 0 && n < Number.POSITIVE_INFINITY, 'must be a number above 0')
    .optional()
    .register(help, {
      value: 'RATE',
      group: 'Training',
      description: 'learning rate of the last phase; default: the method’s own',
    }),
  optimiser: oneOf(optimiserNames)
    .default('adam')
    .register(help, {
      value: 'NAME',
      group: 'Training',
      description: `update rule: ${optimiserNames.join(', ')}`,
    }),
  schedule: oneOf(scheduleNames)
    .default('plateau')
    .register(help, {
      value: 'NAME',
      group: 'Training',
      description: `how the learning rate changes: ${scheduleNames.join(', ')}`,
    }),
  'bn-momentum': number((n) => n >= 0 && n < 1, 'must be a number from 0 to below 1')
    .optional()
    .register(help, {
      value: 'M',
      group: 'Training',
      description:
        'how much of the old moving averages stays at each step, where batch norm runs on batch statistics; default: the method’s own',
    }),
  patience: whole(1).default(6).register(help, {
    value: 'N',
    group: 'Training',
    description: 'epochs without a better validation loss before a phase ends',
  }),
  seed: whole(0, 2 ** 31 - 1)
    .default(0)
    .register(help, {
      value: 'N',
      group: 'Training',
      description: 'of the split, the order, the augmentation, the head and dropout',
    }),

  threads: threads(),
  device: device(),
  'checkpoint-every': number((n) => n >= 0 && n < Number.POSITIVE_INFINITY, 'must be a number of seconds')
    .default(60)
    .register(help, {
      value: 'SECONDS',
      group: 'Running',
      description: 'how often a checkpoint is kept within an epoch; there is always one after each',
    }),
  out: text().optional().register(help, {
    value: 'FOLDER',
    group: 'Running',
    description: 'the run’s folder; default: runs/DATA-METHOD',
  }),
  resume: yesOrNo().default(false).register(help, {
    group: 'Running',
    description: 'go on where the run in --out was interrupted',
  }),
});

/** As a config file or the library gives them: everything but what has no sensible default may be left out. */
export type TrainOptionsInput = z.input<typeof trainOptionsSchema>;
export type TrainOptions = z.output<typeof trainOptionsSchema>;

/**
 * Checks the options of a training run and fills in defaults.
 * @param where what to call the source in messages: `--` for flags, or a file's name followed by a colon and a space
 * @throws TransfuseError `bad-option`, `unknown-method`, `bad-preprocessing`
 */
export function parseTrainOptions(input: unknown, where = '--'): TrainOptions {
  const options = parseOptions(trainOptionsSchema, input, where);
  resolveMethod(options.method);
  if (options.preprocess !== undefined) parsePreprocessing(options.preprocess);
  return options;
}

const movedModel = () =>
  text().optional().register(help, {
    value: 'NAME|FILE',
    group: 'Model',
    description: 'the base network, where it has moved since',
  });

const predictionSettings = () => ({
  model: movedModel(),
  adapt: oneOf(adaptationNames).optional().register(help, {
    value: 'HOW',
    group: 'Model',
    description:
      'first fit batch norm to these images, without their labels: adabn (their statistics), or tent (also scale and centre, so that predictions are more decided); for many images of another origin than those trained on',
  }),
  frames: frames().optional().register(help, {
    value: 'WHICH',
    group: 'Data',
    description:
      'DICOM files of several frames: first, middle, all, or a number from 1; default: as in training',
  }),
  batch: whole(1).default(32).register(help, {
    value: 'N',
    group: 'Running',
    description: 'images at once',
  }),
  threads: threads(),
  device: device(),
});

export const predictOptionsSchema = z.strictObject({
  ...predictionSettings(),
  ...calibrateSetting(),
  ...heatmapSettings(),
});

export type PredictOptions = z.input<typeof predictOptionsSchema>;

export const evaluateOptionsSchema = z.strictObject({
  ...predictionSettings(),
  ...datasetSettings(),
  split: oneOf(['train', 'validation', 'test']).default('test').register(help, {
    value: 'NAME',
    group: 'Data',
    description: 'train, validation or test, where the data bring them',
  }),
  ...measureSettings(),
  out: text().optional().register(help, {
    value: 'FOLDER',
    group: 'Running',
    description: 'write metrics.json and predictions there too',
  }),
});

export type EvaluateOptions = z.input<typeof evaluateOptionsSchema>;
export type ParsedEvaluateOptions = z.output<typeof evaluateOptionsSchema>;

export const compareOptionsSchema = z.strictObject({
  ...predictionSettings(),
  ...datasetSettings(),
  split: evaluateOptionsSchema.shape.split,
  ...resampleSettings(),
});

export type CompareOptions = z.input<typeof compareOptionsSchema>;

export const exportOptionsSchema = z.strictObject({
  model: movedModel(),
  input: oneOf(['uint8', 'float32']).default('uint8').register(help, {
    value: 'uint8|float32',
    group: 'Model',
    description: 'element type of the pixels that the exported model takes, 0 to 255 either way',
  }),
});

export type ExportOptions = z.input<typeof exportOptionsSchema>;

/** `96:3,112x120:2` → sizes with their epochs; undefined where it is not of that form. */
export function parseEarlySizes(text: string): EarlySize[] | undefined {
  const sizes = text.split(',').map((part): EarlySize | undefined => {
    const { size, epochs } = /^(?<size>[1-9]\d*(x[1-9]\d*)?):(?<epochs>[1-9]\d*)$/.exec(part)?.groups ?? {};
    if (!size) return undefined;
    const [height, width] = parseSize(size);
    return { height, width, epochs: Number(epochs) };
  });
  return sizes.every((size) => size !== undefined) ? sizes : undefined;
}

/** `180` or `165x341` → [height, width]. */
export function parseSize(size: string): [height: number, width: number] {
  const [height, width = height] = size.split('x').map(Number);
  return [height, width];
}
