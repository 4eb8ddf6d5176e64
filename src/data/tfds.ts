/**
 * @file TensorFlow Datasets as they lie on disk: shards of TFRecords named NAME-SPLIT.tfrecord-00000-of-00002, with
 * what their features are (features.json), how many there should be (dataset_info.json) and their classes' names.
 */
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { compareText } from './listing.js';
import { type LabelledImage, splitNamed } from './source.js';
import { type Feature, parseExample } from './tf-example.js';
import { readTfRecords } from './tfrecord.js';
import { some } from './unreadable.js';

interface Shard {
  readonly file: string;
  readonly name: string;
  readonly split: string;
  readonly index: number;
  readonly of: number;
}

/** What a file's name says, if it is a shard's. */
export function shardNamed(file: string): Shard | undefined {
  const match = /^(.+)-(\w+)\.tfrecord-(\d{5})-of-(\d{5})$/.exec(file);
  if (match === null) return undefined;
  const [, name, split, index, of] = match;
  return { file, name, split, index: Number(index), of: Number(of) };
}

/**
 * Reads the images and labels of a prepared version, such as `malaria/1.0.0`. Its records are looked through once,
 * their checksums compared.
 * @param names names of the shards' files in the folder
 * @param known the classes' names, where the data set is known; otherwise those the folder brings, else numbers
 * @throws TransfuseError `incomplete-dataset`, `bad-tfrecord`, `bad-features`, `bad-label`
 */
export async function readTfds(
  folder: string,
  names: readonly string[],
  known?: readonly string[],
): Promise<{ readonly images: LabelledImage[]; readonly classes: readonly string[] }> {
  const shards = names.flatMap((name) => shardNamed(name) ?? []).sort((a, b) => compareText(a.file, b.file));
  const expected = await expectedRecords(folder);
  refuseMissing(folder, shards);
  const columns = await featureNames(folder);
  const classes = known ?? columns.classes ?? [];
  const onlyTrain = shards.every(({ split }) => splitNamed(split) === 'train');
  const found: (Omit<LabelledImage, 'labels'> & { label: number })[] = [];
  for (const { file, split, index: shard } of shards) {
    const side = splitNamed(split);
    if (side === undefined) continue; // e.g. unlabelled images in a split of their own
    const full = path.join(folder, file);
    const real = await realpath(full);
    let records = 0;
    for await (const { index, offset, data } of readTfRecords(full)) {
      const { image, label } = pick(parseExample(data), columns, `${full}, record ${index}`, classes);
      found.push({
        source: {
          kind: 'record',
          path: full,
          index,
          offset: offset + image.byteOffset - data.byteOffset,
          length: image.length,
        },
        real: `${real}#${index}`,
        id: `${file}#${String(index).padStart(6, '0')}`,
        label,
        split: onlyTrain ? undefined : side,
      });
      records++;
    }
    const wanted = expected.get(split)?.[shard];
    if (wanted !== undefined && wanted !== records) {
      throw new TransfuseError(
        'incomplete-dataset',
        `${full} has ${records} records where dataset_info.json says ${wanted}; prepare it again`,
      );
    }
  }
  const most = found.reduce((highest, { label }) => Math.max(highest, label), 0);
  const all = classes.length > 0 ? classes : Array.from({ length: most + 1 }, (_, k) => String(k));
  return { images: found.map(({ label, ...image }) => ({ ...image, labels: [all[label]] })), classes: all };
}

function refuseMissing(folder: string, shards: readonly Shard[]): void {
  const missing: string[] = [];
  for (const { name, split, of } of shards) {
    for (let index = 0; index < of; index++) {
      const pad = (n: number) => String(n).padStart(5, '0');
      const file = `${name}-${split}.tfrecord-${pad(index)}-of-${pad(of)}`;
      if (!shards.some((shard) => shard.file === file) && !missing.includes(file)) missing.push(file);
    }
  }
  if (missing.length === 0) return;
  throw new TransfuseError(
    'incomplete-dataset',
    `${folder} is incomplete: it lacks ${some(missing)}; prepare it again`,
  );
}

/** Which features hold the image and the class, and what the classes are called. */
interface FeatureNames {
  readonly image: string;
  readonly label: string;
  readonly classes?: readonly string[];
}

async function featureNames(folder: string): Promise<FeatureNames> {
  const file = path.join(folder, 'features.json');
  const described = (await readJson(file)) as FeaturesJson | undefined;
  let [image, label] = ['image', 'label'];
  if (described !== undefined) {
    const features = Object.entries(described.featuresDict?.features ?? {});
    const called = (kind: string, key: keyof FeatureJson) => {
      const found = features.filter(
        ([, feature]) => feature[key] !== undefined || feature.pythonClassName?.endsWith(`.${kind}`),
      );
      if (found.length === 1) return found[0][0];
      throw new TransfuseError(
        'bad-features',
        `${file} describes ${found.length} features of kind ${kind}; one is needed among ${features.map(([name]) => name).join(', ') || 'none'}`,
      );
    };
    [image, label] = [called('Image', 'image'), called('ClassLabel', 'classLabel')];
  }
  const names = await readFile(path.join(folder, `${label}.labels.txt`), 'utf8').catch(() => undefined);
  return { image, label, classes: names?.trim().split(/\r?\n/) };
}

interface FeatureJson {
  readonly pythonClassName?: string;
  readonly image?: unknown;
  readonly classLabel?: unknown;
}

interface FeaturesJson {
  readonly featuresDict?: { readonly features?: Readonly<Record<string, FeatureJson>> };
}

/** How many records each shard of a split should have. */
async function expectedRecords(folder: string): Promise<Map<string, number[]>> {
  const info = (await readJson(path.join(folder, 'dataset_info.json'))) as
    | { splits?: { name?: string; shardLengths?: string[] }[]; fileFormat?: string }
    | undefined;
  const splits = info?.splits ?? [];
  return new Map(splits.map(({ name = '', shardLengths = [] }) => [name, shardLengths.map(Number)]));
}

/** What a JSON file holds; undefined where there is none. */
async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TransfuseError('bad-features', `${file} is not JSON; prepare the data set again`, { cause });
  }
}

function pick(
  example: Map<string, Feature> | undefined,
  names: FeatureNames,
  where: string,
  classes: readonly string[],
): { readonly image: Uint8Array; readonly label: number } {
  const bad = (what: string) => new TransfuseError('bad-features', `${where}: ${what}`);
  if (example === undefined) throw bad('it is no tf.train.Example');
  const image = example.get(names.image);
  const label = example.get(names.label);
  const there = [...example.keys()].join(', ') || 'none';
  if (image?.kind !== 'bytes' || image.values.length !== 1) {
    throw bad(`it has no image in a feature ${names.image}; its features are: ${there}`);
  }
  if (label?.kind !== 'ints' || label.values.length !== 1) {
    throw bad(`it has no class in a feature ${names.label}; its features are: ${there}`);
  }
  const [k] = label.values;
  if (k < 0 || (classes.length > 0 && k >= classes.length)) {
    throw new TransfuseError(
      'bad-label',
      `${where}: class ${k} of ${names.label} is not among the ${classes.length}: ${classes.join(', ')}`,
    );
  }
  return { image: image.values[0], label: k };
}
