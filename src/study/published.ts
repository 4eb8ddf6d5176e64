/**
 * @file The published study's names and settings, beside ours: the one place that changes when a name does.
 * Source: Kanavati & Tsuneki, MIDL 2021, and their table of runs.
 */
import { datasetNamed } from '../data/index.js';
import { internal } from '../errors.js';
import type { Task } from '../task.js';

export interface PublishedMethod {
  /** In the table of runs. */
  readonly id: string;
  /** In the paper. */
  readonly title: string;
  /** What `--method` calls it. */
  readonly method: string;
}

/** The ten methods, in the order of the paper's figures. */
export const publishedMethods: readonly PublishedMethod[] = [
  { id: 'fc', title: 'FC', method: 'fc' },
  { id: 'fc_then_full', title: 'FC-then-full', method: 'fc-then-full' },
  { id: 'fc_then_bn', title: 'FC-then-BN', method: 'fc-then-bn' },
  { id: 'bn_and_fc', title: 'FC-BN', method: 'bn-and-fc' },
  { id: 'fc_then_bn_lr', title: 'FC-then-BN-lr', method: 'fc-then-bn-lr' },
  { id: 'moving_bn_and_fc', title: 'FC-BMA', method: 'fc-bma' },
  { id: 'fc_then_full_bnt', title: 'FC-then-full-BMA', method: 'fc-then-full-bma' },
  { id: 'fc_then_bn_bnt', title: 'FC-then-BN-BMA', method: 'fc-then-bn-bma' },
  { id: 'random_weights_bn_and_fc', title: 'RND-FC-BN', method: 'rnd-bn-and-fc' },
  { id: 'random_weights_bn_training_and_fc', title: 'RND-FC-BN-BMA', method: 'rnd-bn-and-fc-bma' },
];

export interface PublishedArchitecture {
  readonly id: string;
  readonly title: string;
  /** What `--model` calls it. */
  readonly model: string;
}

export const publishedArchitectures: readonly PublishedArchitecture[] = [
  { id: 'densenet121', title: 'DenseNet121', model: 'densenet121' },
  { id: 'resnet50v2', title: 'ResNet50V2', model: 'resnet50v2' },
  { id: 'inceptionv3', title: 'InceptionV3', model: 'inceptionv3' },
  { id: 'efficientnetb3', title: 'EfficientNetB3', model: 'efficientnetb3' },
];

export interface PublishedDataset {
  readonly id: string;
  readonly title: string;
  readonly task: Task;
  /** Names of the classes whose AUCs were published one by one, with their columns. */
  readonly classes?: readonly {
    readonly title: string;
    readonly column: string;
    readonly names: readonly string[];
  }[];
  /** Separate test sets, by the names that `train` gives them, with the end of their columns. */
  readonly hospitals?: readonly { readonly title: string; readonly column: string }[];
  readonly outputs: number;
  /** As the table of known data sets has them. */
  readonly size: string;
  readonly batch: number;
  readonly dropout: number;
  /** About how many images each side has. */
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
}

/** A data set's name and settings. */
function known(id: string): Pick<PublishedDataset, 'id' | 'size' | 'batch' | 'dropout'> {
  const { published } = datasetNamed(id);
  if (!published) throw internal(`${id} has no published settings`);
  const { size, batch, dropout } = published;
  return { id, size, batch, dropout };
}

/** How many images of a small variant are drawn. */
function drawn(id: string): { readonly train: number; readonly validation: number } {
  const { keep } = datasetNamed(id);
  if (!keep) throw internal(`nothing says how much of ${id} is drawn`);
  return keep;
}

const outputColumns = (names: readonly string[]) =>
  names.map((title) => ({ title, column: `AUC_${title.replaceAll(' ', '_')}`, names: [title] }));

const tissues = ['tumor', 'stroma', 'complex', 'lympho', 'debris', 'mucosa', 'adipose', 'empty'];
const findings = ['Atelectasis', 'Cardiomegaly', 'Consolidation', 'Edema', 'Pleural Effusion'];
const hospitals = [0, 2, 3].map((n) => ({ title: `hospital ${n}`, column: `test_hosp_${n}` }));
const patches = { task: 'binary', outputs: 1 } as const;
/** Hospitals 0, 2 and 3. */
const OTHER_HOSPITALS = 59_436 + 85_054 + 129_838;

/** The nine data sets: seven, of which two also in small. */
export const publishedDatasets: readonly PublishedDataset[] = [
  {
    ...known('chexpert'),
    title: 'CheXpert',
    task: 'multi-label',
    outputs: 5,
    classes: outputColumns(findings),
    images: { train: 11_000, validation: 850, test: 1100 },
  },
  {
    ...known('patch_camelyon16'),
    title: 'PatchCamelyon',
    ...patches,
    images: { train: 262_144, validation: 32_768, test: 32_768 },
  },
  {
    ...known('patch_camelyon16_small'),
    title: 'PatchCamelyon small',
    ...patches,
    images: { train: 5000, validation: 1000, test: 32_768 },
  },
  {
    ...known('patch_camelyon17'),
    title: 'Camelyon17',
    ...patches,
    hospitals,
    images: { train: 146_722, validation: 17_452, test: OTHER_HOSPITALS },
  },
  {
    ...known('patch_camelyon17_small'),
    title: 'Camelyon17 small',
    ...patches,
    hospitals,
    images: { ...drawn('patch_camelyon17_small'), test: OTHER_HOSPITALS },
  },
  {
    ...known('chest_xray'),
    title: 'Chest X-ray',
    task: 'binary',
    outputs: 1,
    images: { train: 4896, validation: 320, test: 624 },
  },
  {
    ...known('malaria'),
    title: 'Malaria',
    task: 'binary',
    outputs: 1,
    images: { train: 19_291, validation: 4134, test: 4133 },
  },
  {
    ...known('colorectal_histology'),
    title: 'Colorectal histology',
    task: 'multi-class',
    outputs: 8,
    classes: tissues.map((title, i) => ({
      title,
      column: `AUC_${title}`,
      names: [title, `0${i + 1}_${title.toUpperCase()}`],
    })),
    images: { train: 3500, validation: 750, test: 750 },
  },
  {
    ...known('oct_small'),
    title: 'OCT small',
    task: 'multi-class',
    outputs: 4,
    classes: ['CNV', 'DME', 'DRUSEN', 'NORMAL'].map((title, i) => ({
      title,
      column: `AUC_${i}`,
      names: [title],
    })),
    images: { ...drawn('oct_small'), test: 1000 },
  },
];

export const PUBLISHED_REPETITIONS = 3;

/** The published method that goes by this name, theirs or ours. */
export function publishedMethod(name: string): PublishedMethod | undefined {
  return publishedMethods.find(({ id, title, method }) => [id, title, method].includes(name));
}

export function publishedArchitecture(name: string): PublishedArchitecture | undefined {
  return publishedArchitectures.find(({ id, title, model }) => [id, title, model].includes(name));
}

export function publishedDataset(name: string): PublishedDataset | undefined {
  return publishedDatasets.find(({ id, title }) => [id, title].includes(name));
}
