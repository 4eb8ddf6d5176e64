/** @file Images from a folder or a CSV file to batches of pixels. */
export { type Augmentation, augment, drawAugmentation } from './augment.js';
export { readDataset } from './dataset.js';
export { decodeImage } from './decode.js';
export { listFrames } from './dicom/list-frames.js';
export { listImages } from './images.js';
export { type LabelledOptions, readLabelled } from './labelled.js';
export { createLoader } from './loader.js';
export { resizeBilinear } from './resize.js';
export { withTrainImages } from './subset.js';
export { thumbnail } from './thumbnails.js';
export * from './types.js';
