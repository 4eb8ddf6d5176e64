/** @file What the desk does: everything but training that opens images or loads networks. */
import type { DataDetails, DataSummary, LayerMovement, PairedTests, PredictionsView } from '../api.js';

export type DeskApi = {
  /** Lists images, classes and splits as training with these options would see them. */
  summarise(data: string, options: Record<string, unknown>): Promise<DataSummary>;
  /** Looks into the files of data that were summarised. */
  details(key: string): Promise<DataDetails>;
  /** A JPEG of one of the data's images, its longest side `size` pixels. */
  sampleImage(key: string, index: number, size: number): Promise<Buffer>;
  /** A JPEG of an image that a run trained on or was tested with. */
  runImage(run: string, id: string, size: number): Promise<Buffer>;
  /** Which of a run's images are still to be found. */
  present(run: string, ids: readonly string[]): Promise<boolean[]>;
  /** How far each layer of a finished run has moved from its base. */
  movement(run: string): Promise<LayerMovement[]>;
  predict(run: string, images: readonly UploadedImage[]): Promise<PredictionsView>;
  /** A PNG of what spoke for a class, in one of the run's images or in one that was sent. */
  heatmap(run: string, image: { readonly id: string } | UploadedImage, about: string): Promise<Buffer>;
  /** Whether two runs differ on the images of a split that both predicted. */
  compare(first: string, second: string, split: string): Promise<PairedTests>;
  /** Writes the run as one ONNX model. */
  exportModel(run: string, to: string): Promise<void>;
};

export interface UploadedImage {
  /** As its owner calls it. */
  readonly name: string;
  /** Where it lies for the moment. */
  readonly file: string;
}
