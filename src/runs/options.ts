/**
 * @file The options of a training run, once: their names, meanings, limits and defaults. The command line's flags, the
 * keys of a config file and the library's parameters are all read off this table.
 */
import { z } from 'zod';
import { TransfuseError } from '../errors.js';
import { optimiserNames } from '../training/optimisers.js';
import { scheduleNames } from '../training/schedules.js';

/** What a flag's value looks like in `--help`; a switch has none. */
interface Help {
  readonly value?: string;
  readonly group: string;
  readonly description: string;
}

const help = z.registry<Help>();

const imageSize = z
  .union([z.number(), z.string()])
  .transform((size) => String(size))
  .refine((size) => /^[1-9]\d*(x[1-9]\d*)?$/.test(size), 'must be a number of pixels, or HEIGHTxWIDTH');

const fraction = z.coerce.number().min(0).lt(1);

export const trainOptionsSchema = z.strictObject({
  model: z.string().default('builtin').register(help, {
    value: 'NAME|FILE',
    group: 'Model',
    description: 'a built-in network, or an ONNX file with its batch norm intact',
  }),
  method: z.string().default('fc-then-bn').register(help, {
    value: 'METHOD',
    group: 'Model',
    description: 'what trains, in which order: see “Methods” below',
  }),
  size: imageSize.optional().register(help, {
    value: 'H[xW]',
    group: 'Model',
    description: 'image size in pixels; default: what the network was trained with, else 224',
  }),
  preprocess: z.string().optional().register(help, {
    value: 'NAME|MEAN/STD',
    group: 'Model',
    description:
      'imagenet, unit, minus-one-one, none, or mean/std such as 0.5,0.5,0.5/0.25,0.25,0.25; default: the built-in network’s own, else imagenet',
  }),
  dropout: fraction.default(0.5).register(help, {
    value: 'P',
    group: 'Model',
    description: 'fraction of features dropped before the head in training',
  }),

  val: fraction.optional().register(help, {
    value: 'FRACTION',
    group: 'Data',
    description:
      'hold out this much of train for validation; default: a val folder if there is one, else 0.15',
  }),
  test: fraction.optional().register(help, {
    value: 'FRACTION',
    group: 'Data',
    description: 'hold out this much for the test where there is no test folder; default 0.15',
  }),
  'group-by': z.string().min(1).optional().register(help, {
    value: 'PATTERN',
    group: 'Data',
    description:
      'keep groups (patients) on one side: a pattern over the path such as "C(\\d+)P", or column:NAME',
  }),
  'max-unreadable': z.coerce.number().min(0).optional().register(help, {
    value: 'N',
    group: 'Data',
    description: 'unreadable files to skip before giving up: a count, or a fraction below 1; default 0.01',
  }),
  augment: z.boolean().default(true).register(help, {
    group: 'Data',
    description: 'flip, shift and zoom training images (±10 %, filled by reflection)',
  }),
  'class-weights': z.boolean().default(false).register(help, {
    group: 'Data',
    description: 'let each class count alike, however many images it has',
  }),

  batch: z.coerce.number().int().min(1).default(32).register(help, {
    value: 'N',
    group: 'Training',
    description: 'images per step',
  }),
  epochs: z.coerce.number().int().min(1).optional().register(help, {
    value: 'N',
    group: 'Training',
    description: 'most epochs of each phase; default: the method’s own, ended by early stopping',
  }),
  lr: z.coerce.number().positive().optional().register(help, {
    value: 'RATE',
    group: 'Training',
    description: 'learning rate of the last phase; default: the method’s own',
  }),
  optimiser: z
    .enum(optimiserNames)
    .default('adam')
    .register(help, {
      value: optimiserNames.join('|'),
      group: 'Training',
      description: 'update rule',
    }),
  schedule: z
    .enum(scheduleNames)
    .default('plateau')
    .register(help, {
      value: scheduleNames.join('|'),
      group: 'Training',
      description: 'how the learning rate changes',
    }),
  patience: z.coerce.number().int().min(1).default(6).register(help, {
    value: 'N',
    group: 'Training',
    description: 'epochs without a better validation loss before a phase ends',
  }),
  seed: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(0)
    .register(help, {
      value: 'N',
      group: 'Training',
      description: 'of the split, the order, the augmentation, the head and dropout',
    }),
  threads: z.coerce.number().int().min(0).default(0).register(help, {
    value: 'N',
    group: 'Running',
    description: 'threads of ONNX Runtime; 0 takes one per core',
  }),
  out: z.string().min(1).optional().register(help, {
    value: 'FOLDER',
    group: 'Running',
    description: 'the run’s folder; default: runs/DATA-METHOD',
  }),
  resume: z.boolean().default(false).register(help, {
    group: 'Running',
    description: 'go on where the run in --out was interrupted',
  }),
});

/** As a config file or the library gives them: everything but what has no sensible default may be left out. */
export type TrainOptionsInput = z.input<typeof trainOptionsSchema>;
export type TrainOptions = z.output<typeof trainOptionsSchema>;

/** One row per option, for whoever builds a command line or a form. */
export const trainOptionHelp: readonly ({ readonly name: keyof TrainOptions } & Help)[] = Object.entries(
  trainOptionsSchema.shape,
).map(([name, schema]) => ({ name: name as keyof TrainOptions, ...help.get(schema)! }));

/**
 * Checks options and fills in defaults.
 * @param where what to call the source in messages: `--` for flags, or a file's name followed by a colon and a space
 * @throws TransfuseError `bad-option`
 */
export function parseTrainOptions(input: unknown, where = '--'): TrainOptions {
  const result = trainOptionsSchema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    throw new TransfuseError(
      'bad-option',
      `${where}${issue.keys[0]} is not an option; those are ${Object.keys(trainOptionsSchema.shape).join(', ')}`,
    );
  }
  const given = (input as Record<string, unknown>)[name];
  throw new TransfuseError('bad-option', `${where}${name} is ${JSON.stringify(given)}: ${issue.message}`);
}

/** `180` or `165x341` → [height, width]. */
export function parseSize(size: string): [height: number, width: number] {
  const [height, width = height] = size.split('x').map(Number);
  return [height, width];
}
