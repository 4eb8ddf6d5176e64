/**
 * @file The model card: what a run is, how it was made and how good it is, in Markdown. Its headings follow those of
 * CLAIM (Mongan et al. 2020; Tejani et al. 2024) and TRIPOD+AI (Collins et al., BMJ 2024) where they apply. What a
 * program cannot know is marked for a person to complete.
 */
import type { Metrics } from '../metrics/types.js';
import type { Task } from '../task.js';
import { intervalsOf, resultsOf, withRange } from './card-results.js';
import { count, known, share } from './format.js';
import { plain, table } from './markdown.js';

/** What only people know; each is shown in its place, or asked for there. */
export const aboutFields = {
  title: 'a name for the model',
  summary: 'what it is for, in two sentences',
  intendedUse: 'the medical question, the place in care, and the decision that it may support',
  users: 'who may use it, and with what training',
  outOfScope: 'uses, patients and images that it is not for',
  population: 'whose images these are: setting, countries, age, sex, known inequalities',
  sources: 'where the images come from, when they were taken, and with which devices',
  eligibility: 'what was included and excluded, and how images were chosen',
  referenceStandard:
    'how the labels came about: by whom, with what information, how disagreements were settled',
  deidentification: 'how images were freed of what names people',
  sampleSize: 'why so many images',
  limitations: 'what else limits it: bias, shortcuts, missing groups',
  ethics: 'approval, consent, data protection',
  availability: 'where data, code and model can be had, and under which licence',
  funding: 'who paid, and interests',
  contact: 'whom to ask',
} as const;

export type About = Partial<Record<keyof typeof aboutFields, string>>;

/** What a card is written from; all of it stands in a run's folder. */
export interface CardData {
  readonly name: string;
  readonly about: About;
  readonly task: Task;
  readonly classes: readonly string[];
  readonly base: { readonly name: string; readonly sha256: string; readonly source: string };
  readonly method: string;
  readonly height: number;
  readonly width: number;
  /** Version of Transfuse. */
  readonly version: string;
  readonly started?: string;
  readonly finished?: string;
  readonly parameters?: { readonly trained: number; readonly all: number };
  /** Options as they took effect, by name. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly phases: readonly { readonly name: string; readonly epochs: number }[];
  readonly splits: readonly CardSplit[];
  /** By split, as in metrics.json. */
  readonly metrics: Readonly<Record<string, Metrics>>;
  /** Of other data, by name. */
  readonly evaluations: readonly { readonly name: string; readonly metrics: Metrics }[];
}

export interface CardSplit {
  readonly name: string;
  readonly images: number;
  /** Patients or other groups; absent where images were not grouped. */
  readonly groups?: number;
  /** Images per class, in the order of `classes`. */
  readonly perClass: readonly number[];
}

/** Writes the card. It holds no name of a file or folder of images, and no group's name. */
export function renderCard(card: CardData): string {
  const { about, metrics, evaluations } = card;
  const title = plain(about.title ?? card.name);
  const parts = [
    `# Model card: ${title}`,
    summaryOf(card),
    said(about, 'summary'),
    '## Intended use\n\n*CLAIM: introduction, clinical role. TRIPOD+AI: background, objectives, usability.*',
    labelled(about, [
      ['Intended use', 'intendedUse'],
      ['Users', 'users'],
      ['Not for', 'outOfScope'],
    ]),
    'A model trained with Transfuse is a research result. It is no medical device, and must not decide on anybody by itself.',
    '## Data\n\n*CLAIM: data, ground truth, data partitions. TRIPOD+AI: data, participants, outcome, sample size.*',
    labelled(about, [
      ['Population and setting', 'population'],
      ['Sources', 'sources'],
      ['Eligibility', 'eligibility'],
      ['Reference standard', 'referenceStandard'],
      ['De-identification', 'deidentification'],
      ['Sample size', 'sampleSize'],
    ]),
    '### Partitions',
    partitions(card),
    '## Model and training\n\n*CLAIM: model, training. TRIPOD+AI: analytical methods, model output, model specification.*',
    modelOf(card),
    '## Evaluation\n\n*CLAIM: evaluation, model performance. TRIPOD+AI: training versus evaluation, model performance, fairness.*',
    intervalsOf(metrics),
    ...Object.entries(metrics).map(([split, m]) =>
      resultsOf(`${capitalised(split)}`, m, split === 'validation'),
    ),
    ...evaluations.map(({ name, metrics: m }) => resultsOf(`Other data: ${plain(name)}`, m, false)),
    subgroupNote(card),
    '## Limitations\n\n*CLAIM: discussion. TRIPOD+AI: limitations.*',
    limitationsOf(card),
    said(about, 'limitations'),
    '## Other information\n\n*CLAIM: other information. TRIPOD+AI: ethical approval, open science.*',
    labelled(about, [
      ['Ethics', 'ethics'],
      ['Availability', 'availability'],
      ['Funding and interests', 'funding'],
      ['Contact', 'contact'],
    ]),
    '### Provenance',
    provenanceOf(card),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function summaryOf({ base, classes, task, method, metrics }: CardData): string {
  const [split, last] = Object.entries(metrics).findLast(([name]) => !name.includes(':')) ?? [];
  const auc =
    last && known(last.auc.value)
      ? ` ${task === 'binary' ? 'AUC' : 'Mean AUC'} on ${split}: ${withRange(last.auc)}.`
      : '';
  const kinds: Record<Task, string> = {
    binary: 'tells',
    'multi-class': 'tells apart',
    'multi-label': 'finds any of',
  };
  const names =
    task === 'binary' ? `${plain(classes[1])} from ${plain(classes[0])}` : classes.map(plain).join(', ');
  return `An image classifier that ${kinds[task]} ${names}: ${plain(base.name)}, fine-tuned by \`${method}\`.${auc}`;
}

function partitions({ splits, classes, task, options }: CardData): string {
  const groupBy = options['group-by'];
  const hasGroups = splits.some(({ groups }) => groups !== undefined);
  const head = ['partition', 'images', ...(hasGroups ? ['groups'] : []), ...classes.map(plain)];
  const rows = splits.map(({ name, images, groups, perClass }) => [
    name,
    count(images),
    ...(hasGroups ? [count(groups)] : []),
    ...perClass.map((n) => `${count(n)} (${share(n, images)})`),
  ]);
  const apart = groupBy
    ? 'Images of one group (patient) are all in the same partition.'
    : 'Unless the data came divided by patient, images were divided without knowledge of patients: those of one may be in several partitions, and results then look better than they are.';
  const labels = task === 'multi-label' ? ' An image may have several labels.' : '';
  return `${table(head, rows)}\n\n${apart}${labels} Thresholds, operating points and the temperature were chosen on validation; this run used the test for nothing but the results below.`;
}

function modelOf({ base, height, width, parameters, phases, method, task, options }: CardData): string {
  const output =
    task === 'multi-class'
      ? 'one probability per class, together 1'
      : task === 'binary'
        ? 'the probability of the second class'
        : 'one probability per label';
  const epochs = phases.map(({ name, epochs: n }) => `${n} of ${name}`).join(', ');
  const facts: (readonly [string, string])[] = [
    ['Base network', `${plain(base.name)} (${plain(base.source)})`],
    ['Input', `RGB images, resized to ${height} × ${width} pixels without keeping the aspect`],
    ['Output', output],
    ['Method', `\`${method}\``],
    ...(parameters
      ? [
          [
            'Trained parameters',
            `${count(parameters.trained)} of ${count(parameters.all)} (${share(parameters.trained, parameters.all)})`,
          ] as const,
        ]
      : []),
    ...(epochs ? [['Epochs', epochs] as const] : []),
    ['Augmentation', options.augment ? 'flips, shifts and zooms of up to 10 %' : 'none'],
    [
      'Class imbalance',
      options['class-weights'] ? 'classes weighted alike in the loss' : 'not corrected for',
    ],
  ];
  return facts.map(([name, value]) => `- **${name}:** ${value}`).join('\n');
}

function subgroupNote({ metrics, evaluations }: CardData): string {
  const all = [...Object.values(metrics), ...evaluations.map(({ metrics: m }) => m)];
  return all.some(({ subgroups = [] }) => subgroups.length > 0)
    ? ''
    : missing(
        'results by subgroup, such as sex, age, hospital (transfuse evaluate RUN DATA --by … --out FOLDER, then transfuse card RUN --evaluation FOLDER)',
      );
}

function limitationsOf({ splits, metrics, options, evaluations }: CardData): string {
  const smallest = Math.min(...splits.filter(({ images }) => images > 0).flatMap(({ perClass }) => perClass));
  const test = metrics.test ?? Object.values(metrics).at(-1);
  const found = [
    !options['group-by'] && 'Partitions and intervals do not know of patients.',
    metrics.test === undefined && 'There was no test: all results are of validation, and optimistic.',
    evaluations.length === 0 &&
      'It was tested on images of the same source as those it was trained on; elsewhere it may do worse.',
    Number.isFinite(smallest) &&
      smallest < 50 &&
      `The rarest class has ${count(smallest)} images in one of the partitions, and what is said of it is uncertain.`,
    test &&
      known(test.calibrationError) &&
      test.calibrationError > 0.05 &&
      'Its probabilities are not calibrated: they must not be read as risks.',
    'One seed: another one gives somewhat other results.',
    'What it looks at was not examined by this card; heatmaps (transfuse predict --heatmap) help to find shortcuts.',
  ];
  return found
    .filter((line) => typeof line === 'string')
    .map((line) => `- ${line}`)
    .join('\n');
}

function provenanceOf({ base, version, started, finished, options }: CardData): string {
  const facts: (readonly [string, string | undefined])[] = [
    ['Base', `${plain(base.name)}, from ${plain(base.source)}`],
    ['SHA-256 of the base', `\`${base.sha256}\``],
    ['Transfuse', version],
    ['Seed', String(options.seed ?? 0)],
    ['Started', started],
    ['Finished', finished],
  ];
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : [`- **${name}:** ${value}`]));
  const settings = Object.entries(options).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join('\n')}\n\n\`\`\`yaml\n${settings.join('\n')}\n\`\`\``;
}

/** What a person wrote, or a place to write it. */
function said(about: About, field: keyof About): string {
  const text = about[field]?.trim();
  return text ? text : missing(aboutFields[field]);
}

function labelled(about: About, fields: readonly (readonly [string, keyof About])[]): string {
  return fields
    .map(([name, field]) => {
      const text = about[field]?.trim();
      return text ? `**${name}.** ${text}` : `**${name}.** ${missing(aboutFields[field])}`;
    })
    .join('\n\n');
}

function missing(what: string): string {
  return `⚠ *To be completed: ${what}.*`;
}

function capitalised(text: string): string {
  return plain(text.charAt(0).toUpperCase() + text.slice(1));
}
