/** @file Images from a folder or a CSV file to batches of pixels. */
export { type Augmentation, augment, drawAugmentation } from './augment.js';
export { type LabelledOptions, readDataset, readLabelled } from './dataset.js';
export { decodeImage } from './decode.js';
export { listImages } from './list-images.js';
export { createLoader } from './loader.js';
export { resizeBilinear } from './resize.js';
export { thumbnail } from './thumbnails.js';
export type {
  AugmentOptions,
  Batch,
  Dataset,
  DatasetOptions,
  Loader,
  LoaderOptions,
  LoaderStatistics,
  RgbImage,
  Sample,
  SplitName,
  Task,
} from './types.js';
