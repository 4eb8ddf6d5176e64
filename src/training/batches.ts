/** @file What training takes in: labelled images, batch by batch. */

/** Labelled images; the data room's Batch is one. */
export interface TrainingBatch<Images = Uint8Array> {
  /** uint8 [size,H,W,3], or what stands for pixels; where the source was told to leave some out, the others' */
  readonly images: Images;
  /** [size,K] */
  readonly targets: Float32Array;
  /** [size], which samples of the source these are. */
  readonly indices: Int32Array;
  readonly size: number;
}

export interface EpochOptions {
  /** Leading batches to leave out. */
  readonly fromBatch?: number;
  /** Samples whose pixels nobody needs. Only for a source that is `fixed`. */
  readonly without?: (sample: number) => boolean;
  /** Of the images, in pixels, where it is to be another than the source's own. */
  readonly size?: { readonly height: number; readonly width: number };
}

/** Where batches come from; the data room's Loader is one. */
export interface BatchSource<Images = Uint8Array> {
  readonly size: number;
  readonly batches: number;
  /** Whether a sample looks the same in every epoch. */
  readonly fixed?: boolean;
  epoch(epoch: number, options?: EpochOptions): AsyncIterable<TrainingBatch<Images>>;
  statistics(): { readonly waitedSeconds: number };
}
