/** @file A heatmap of one image: what in it spoke for a class. The network of the last run asked about stays ready. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { type ImageSource, readImage } from '../../data/image-source.js';
import { createLoader } from '../../data/index.js';
import type { DicomOptions } from '../../data/types.js';
import { TransfuseError } from '../../errors.js';
import { drawHeatmap } from '../../explain/draw.js';
import { createExplainer, type Explainer } from '../../explain/explainer.js';
import { files } from '../../runs/folder.js';
import { dicomFor, openRun } from '../../runs/open.js';
import { outputsOf } from '../../task.js';

interface Ready {
  readonly explainer: Explainer;
  readonly dicom: DicomOptions;
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly outputs: number;
}

let ready: Promise<Ready> | undefined;
let readyFor = '';

/**
 * @param about the class in question
 * @returns a PNG: the image, and beside it the same under its Grad-CAM
 * @throws TransfuseError `bad-option` where there is no such class, and what opening the run or the image throws
 */
export async function heatmapOf(run: string, source: ImageSource, about: string): Promise<Buffer> {
  const { explainer, dicom, classes, height, width, outputs } = await readyOf(run);
  if (!classes.includes(about)) {
    throw new TransfuseError('bad-option', `class is ${about}; it must be one of ${classes.join(', ')}`);
  }
  const sample = { source, id: source.path, target: new Float32Array(outputs) };
  const loader = createLoader([sample], {
    height,
    width,
    batch: 1,
    seed: 0,
    shuffle: false,
    dicom,
    threads: 1,
  });
  try {
    for await (const { images } of loader.epoch(0)) {
      const [{ gradCam }] = await explainer.explain(images, [classes.indexOf(about)]);
      return await drawHeatmap(await readImage(source, dicom), gradCam, { contour: true });
    }
    throw new TransfuseError('unreadable-image', `cannot read ${source.path}`);
  } finally {
    await loader.close();
  }
}

function readyOf(run: string): Promise<Ready> {
  const changed = statSync(path.join(run, files.adapter), { throwIfNoEntry: false })?.mtimeMs;
  const name = `${run}\n${changed}`;
  if (ready && readyFor === name) return ready;
  const before = ready;
  readyFor = name;
  ready = prepare(run);
  void before?.then(({ explainer }) => explainer.close()).catch(() => {});
  ready.catch(() => {
    if (readyFor === name) ready = undefined;
  });
  return ready;
}

async function prepare(run: string): Promise<Ready> {
  const { adapter, classifier, weights } = await openRun(run);
  const { classes, height, width, task } = classifier;
  const explainer = await createExplainer({ classifier, weights, samples: 0 });
  const outputs = outputsOf(task, classes);
  return { explainer, dicom: dicomFor(adapter, undefined), classes, height, width, outputs };
}
