/** @file Images from a folder or a CSV file to batches of pixels. */
export { type Augmentation, augment, drawAugmentation } from './augment.js';
export { readDataset } from './dataset.js';
export { type DescribedDataset, describeDatasets } from './datasets/describe.js';
export {
  datasetNamed,
  datasets,
  datasetsFolder,
  findDataset,
  oneDataset,
  recogniseDataset,
} from './datasets/index.js';
export type { DatasetRow, PublishedSettings } from './datasets/row.js';
export { decodeImage } from './decode.js';
export { listFrames } from './dicom/list-frames.js';
export { listImages } from './images.js';
export { type LabelledOptions, type LabelledSamples, readLabelled } from './labelled.js';
export { createLoader } from './loader.js';
export { defaultCacheBytes } from './pixel-cache.js';
export { resizeBilinear } from './resize.js';
export { withFewer } from './subset.js';
export { thumbnail } from './thumbnails.js';
export * from './types.js';
