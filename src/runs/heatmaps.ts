/** @file Heatmaps of predicted images, written as PNG files. */
import path from 'node:path';
import { readImage } from '../data/image-source.js';
import type { DicomOptions, Loader, Sample } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { drawHeatmap } from '../explain/draw.js';
import { createExplainer } from '../explain/explainer.js';
import { ensureWritable, writeFileAtomic } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import type { Classifier, Weights } from '../models/classifier.js';

export interface HeatmapOptions {
  readonly folder: string;
  /** The class asked about, of every image; absent, for each the one predicted. */
  readonly about?: string;
  /** Of SmoothGrad; 0 leaves it out. */
  readonly samples: number;
  readonly threads: number;
}

/** The heatmaps of one image. */
export interface HeatmapFiles {
  /** The class that they are about. */
  readonly about: string;
  readonly gradCam: string;
  readonly smoothGrad?: string;
}

export interface HeatmapWork {
  readonly classifier: Classifier;
  readonly weights: Weights;
  readonly loader: Loader;
  readonly samples: readonly Sample[];
  readonly dicom: DicomOptions;
  /** By position in `samples`, the index of the class predicted. */
  readonly predicted: ReadonlyMap<number, number>;
  readonly onProgress?: (done: number, total: number) => void;
}

const asGradCam = { contour: true };
/** Some of the sensitivities that SmoothGrad shows lie far above the rest: these are shown as the hottest all alike. */
const asSmoothGrad = { saturation: 0.01 };

/**
 * Makes the folder, and refuses a class that there is none of, before anything is computed.
 * @throws TransfuseError `bad-option`, `cannot-write`
 */
export async function prepareHeatmaps(
  { folder, about }: HeatmapOptions,
  classes: readonly string[],
): Promise<void> {
  if (about !== undefined && !classes.includes(about)) {
    throw new TransfuseError(
      'bad-option',
      `--heatmap-class is ${about}; it must be one of ${classes.join(', ')}`,
    );
  }
  await makeFolder(folder);
  await ensureWritable(path.join(folder, 'heatmap.png'));
}

/** Explains every readable image and writes its heatmaps. @returns by position in `samples` */
export async function writeHeatmaps(
  work: HeatmapWork,
  { folder, about, samples: copies, threads }: HeatmapOptions,
): Promise<Map<number, HeatmapFiles>> {
  const { classifier, weights, loader, samples, dicom, predicted, onProgress } = work;
  const { classes } = classifier;
  const names = fileNames(samples.map(({ id }) => id));
  const written = new Map<number, HeatmapFiles>();
  const explainer = await createExplainer({ classifier, weights, samples: copies, threads });
  try {
    for await (const { images, indices } of loader.epoch(0)) {
      const asked = [...indices].map((i) =>
        about === undefined ? predicted.get(i)! : classes.indexOf(about),
      );
      const explanations = await explainer.explain(images, asked);
      for (const [k, { gradCam, smoothGrad }] of explanations.entries()) {
        const i = indices[k];
        const picture = await readImage(samples[i].source, dicom);
        const fileOf = (kind: string) => path.join(folder, `${names[i]}.${kind}.png`);
        const files = { about: classes[asked[k]], gradCam: fileOf('grad-cam') };
        await writeFileAtomic(files.gradCam, await drawHeatmap(picture, gradCam, asGradCam));
        if (smoothGrad) {
          const drawn = await drawHeatmap(picture, smoothGrad, asSmoothGrad);
          await writeFileAtomic(fileOf('smooth-grad'), drawn);
        }
        written.set(i, { ...files, ...(smoothGrad && { smoothGrad: fileOf('smooth-grad') }) });
        onProgress?.(written.size, loader.size);
      }
    }
    return written;
  } finally {
    await explainer.close();
  }
}

/** The images' own names without folder and ending; of several alike, all but the first are numbered. */
function fileNames(ids: readonly string[]): string[] {
  const taken = new Set<string>();
  return ids.map((id) => {
    const base = path.basename(id).replace(/\.\w+(?=$|#)/, '');
    const safe = base.replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'image';
    let name = safe;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${safe}-${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
