/** @file Drop images in, get predictions and heatmaps of the run. */
import type { PredictionsView, RunView } from '../../api.js';
import { address, post } from '../http.js';
import { PredictImages } from './predict-images.js';

export function PredictView({ run }: { run: RunView }) {
  return (
    <PredictImages
      most={500}
      note="JPEG, PNG, TIFF, WebP, BMP, DICOM. They stay on this machine and are not kept."
      predict={(files) => post<PredictionsView>(address('/api/runs/predict', { run: run.id }), formOf(files))}
      heatmap={(about, file) => heatmapOf(run.id, about, file)}
    />
  );
}

function formOf(files: readonly File[]): FormData {
  const form = new FormData();
  for (const file of files) form.append('image', file, file.name);
  return form;
}

/** The image is sent once more, as none is kept. @returns the address of the answer */
async function heatmapOf(run: string, about: string, file: File): Promise<string> {
  const url = address('/api/runs/heatmap', { run, about });
  const response = await fetch(url, { method: 'POST', body: formOf([file]) });
  if (!response.ok) throw new Error((await response.json()).detail);
  return URL.createObjectURL(await response.blob());
}
