/** @file The process that opens images and networks for the page: a damaged file cannot take the server with it. */
import { type DicomOptions, type ImageSource, thumbnail } from '../../data/index.js';
import { TransfuseError } from '../../errors.js';
import { detailsOf } from './data-details.js';
import { openData, openedData, openRunData } from './data-opened.js';
import { summaryOf } from './data-summary.js';
import type { DeskApi } from './desk-api.js';
import { predictUploads } from './predict-uploads.js';
import { serveProcess } from './process.js';

const api: DeskApi = {
  async summarise(data, options) {
    return summaryOf(await openData(data, options));
  },
  async details(key) {
    return detailsOf(openedData(key));
  },
  async sampleImage(key, index, size) {
    const { samples, dicom } = openedData(key);
    if (!(index in samples)) throw noSuchImage(String(index));
    return thumbnail(samples[index].sample.source, size, dicom);
  },
  async runImage(run, id, size) {
    const { source, dicom } = await imageOf(run, id);
    return thumbnail(source, size, dicom);
  },
  async present(run, ids) {
    const { byId } = await openRunData(run);
    return ids.map((id) => byId.has(id));
  },
  async movement(run) {
    const { openRun } = await import('../../runs/open.js');
    const { layerMovement } = await import('../../runs/movement.js');
    const { classifier, weights } = await openRun(run);
    return layerMovement(classifier, weights);
  },
  predict: predictUploads,
  async heatmap(run, image, about) {
    const { heatmapOf } = await import('./heatmap.js');
    const source = 'file' in image ? uploaded(image.file) : (await imageOf(run, image.id)).source;
    return heatmapOf(run, source, about);
  },
  async compare(first, second, split) {
    const { compare } = await import('../../runs/compare.js');
    const notes: string[] = [];
    const onWarning = (warning: string) => notes.push(warning);
    const options = { split: split as 'test' | 'validation' };
    return { ...(await compare(first, second, undefined, options, { onWarning })), notes };
  },
  async exportModel(run, to) {
    const { exportModel } = await import('../../runs/export.js');
    await exportModel(run, to);
  },
};

serveProcess(api, () => process.exit());

async function imageOf(run: string, id: string): Promise<{ source: ImageSource; dicom: DicomOptions }> {
  const { byId, dicom } = await openRunData(run);
  const sample = byId.get(id);
  if (!sample) throw noSuchImage(id);
  return { source: sample.source, dicom };
}

function uploaded(path: string): ImageSource {
  return { kind: 'file', path };
}

function noSuchImage(id: string): TransfuseError {
  return new TransfuseError('no-such-image', `there is no image ${id} among these data any more`);
}
