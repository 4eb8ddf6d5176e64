/** @file A study file: its keys, their limits, and one line for whatever is wrong with it. */
import { z } from 'zod';
import { TransfuseError } from '../errors.js';
import { oneOf, text, whole } from '../runs/option-table.js';
import { parseTrainOptions, trainOptionsSchema } from '../runs/options.js';
import { methods, resolveMethod } from '../training/methods.js';
import { suggestion } from './nearest.js';
import { publishedArchitectures, publishedDatasets, publishedMethod, publishedMethods } from './published.js';

/** Names become parts of file names, and stand in tables. */
const name = /^[A-Za-z0-9][\w.+-]*$/;
const NAME_RULE = 'must begin with a letter or digit and hold only letters, digits, and . _ + -';

/** What any run can be told, but for what the grid itself decides. Nothing is filled in: settings lie over each other. */
const settingsSchema = withoutDefaults(
  trainOptionsSchema.omit({ model: true, method: true, seed: true, out: true, resume: true }),
);

function withoutDefaults<Shape extends z.ZodRawShape>(table: z.ZodObject<Shape>) {
  const bare = Object.entries(table.shape).map(([key, schema]) => [
    key,
    z.optional(schema instanceof z.ZodDefault ? schema.unwrap() : schema),
  ]);
  return z.object(Object.fromEntries(bare)) as unknown as ReturnType<typeof table.partial>;
}

const mapping = 'must be a mapping of names to settings';
const named = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string().regex(name, NAME_RULE), value, mapping);

const datasetSchema = z.strictObject(
  {
    path: text(),
    published: oneOf(publishedDatasets.map(({ id }) => id)).optional(),
    ...settingsSchema.shape,
  },
  'must be a path, or a mapping with path: and settings',
);

const architectureSchema = z.strictObject(
  {
    model: text(),
    published: oneOf(publishedArchitectures.map(({ id }) => id)).optional(),
    preprocess: text().optional(),
    title: text().optional(),
  },
  'must be a network’s name, a file, or a mapping with model:',
);

const methodSchema = z.strictObject(
  { method: text(), lr: settingsSchema.shape.lr, epochs: settingsSchema.shape.epochs },
  'must be a method, or a mapping with method:',
);

const shortened = <Shape extends z.ZodType>(key: string, schema: Shape) =>
  z.preprocess((value) => (typeof value === 'string' ? { [key]: value } : value), schema);

const listed = <Shape extends z.ZodType>(key: string, schema: Shape) =>
  z.preprocess(
    (value) =>
      Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? Object.fromEntries(value.map((item) => [nameOf(item), { [key]: item }]))
        : value,
    schema,
  );

const notEmpty = (record: object): boolean => Object.keys(record).length > 0;

export const studySchema = z.strictObject({
  name: z.string('must be text').regex(name, NAME_RULE),
  datasets: named(shortened('path', datasetSchema)).refine(notEmpty, 'must name at least one data set'),
  architectures: listed('model', named(shortened('model', architectureSchema))).refine(
    notEmpty,
    'must name at least one network',
  ),
  methods: listed('method', named(shortened('method', methodSchema))).refine(
    notEmpty,
    'must name at least one method',
  ),
  repetitions: whole(1, 1000).default(3),
  seed: whole(0, 2 ** 30).default(0),
  keep: oneOf(['adapter', 'everything']).default('adapter'),
  settings: z.strictObject(settingsSchema.shape, 'must be a mapping of settings').default({}),
});

/** A checked study file, with its relative paths as they are written. */
export type StudyDefinition = z.output<typeof studySchema>;
export type DatasetEntry = StudyDefinition['datasets'][string];
export type Settings = z.input<typeof settingsSchema>;

/** The name of a list's item: what it says, or the file's name without folder and ending. */
function nameOf(item: string): string {
  const base = item.split(/[\\/]/).at(-1)!;
  const isFile = base !== item || /\.(onnx|h5|keras|pth?|safetensors|json)$/i.test(base);
  return isFile ? base.replace(/(\.weights)?\.[a-z0-9]+$/i, '') : item;
}

/**
 * Checks a study file's content.
 * @param where its name, for messages
 * @throws TransfuseError `bad-study` naming the key, what is wrong with it, and what would be right; what is wrong with
 * a setting is said as `train` says it
 */
export function parseStudy(content: unknown, where: string): StudyDefinition {
  const result = studySchema.safeParse(content);
  if (!result.success) throw refusal(result.error.issues, content, where);
  const study = result.data;
  for (const [dataset, { path: _, published: __, ...settings }] of Object.entries(study.datasets)) {
    parseTrainOptions({ ...study.settings, ...settings }, `${where}: datasets.${dataset}.`);
  }
  for (const [key, { method }] of Object.entries(study.methods))
    checkMethod(method, `${where}: methods.${key}`);
  return study;
}

function checkMethod(written: string, where: string): void {
  try {
    resolveMethod(publishedMethod(written)?.method ?? written);
  } catch (cause) {
    const legal = [...Object.keys(methods), ...publishedMethods.map(({ id }) => id)];
    throw new TransfuseError('bad-study', `${where} is ${written}, no method${suggestion(written, legal)}`, {
      cause,
    });
  }
}

function refusal(issues: readonly z.core.$ZodIssue[], content: unknown, where: string): TransfuseError {
  // A misspelt key explains why another one is missing.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const at = issue.path.map(String);
  const written = at.reduce<unknown>((value, step) => (value as Record<string, unknown>)?.[step], content);
  const key = at.join('.');
  const bad = (message: string) => new TransfuseError('bad-study', `${where}: ${message}`);
  if (issue.code === 'unrecognized_keys') {
    const [unknown] = issue.keys;
    return bad(`${[...at, unknown].join('.')} is not a key${suggestion(unknown, legalKeys(at))}`);
  }
  if (issue.code === 'invalid_key') return bad(`${key} is not a name; it ${NAME_RULE}`);
  if (written === undefined) {
    return bad(key === '' ? 'holds no study' : `${key} is missing; it ${issue.message}`);
  }
  if (key === '') return bad('must be a mapping with name, datasets, architectures and methods');
  return bad(`${key} is ${shown(written)}; it ${issue.message}`);
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

/** The keys that are legal at a place of the file. */
function legalKeys([section, , ...rest]: readonly string[]): string[] {
  const schema = { datasets: datasetSchema, architectures: architectureSchema, methods: methodSchema }[
    section ?? ''
  ];
  if (schema && rest.length === 0) return Object.keys(schema.shape);
  if (section === 'settings') return Object.keys(settingsSchema.shape);
  return Object.keys(studySchema.shape);
}
