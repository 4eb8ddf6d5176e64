/** @file The line that shows a download: megabytes, rate and time left. */
import type { DownloadProgress } from '../weights/download.js';
import type { ProgressLine } from './progress.js';

const MB = 1e6;

/** Shows how far a download has come. A server that does not say how much there is leaves no time to tell. */
export function showDownload(line: ProgressLine, name: string, progress: DownloadProgress): void {
  const { received, total, bytesPerSecond } = progress;
  const rate = `MB · ${(bytesPerSecond / MB).toFixed(1)} MB/s`;
  line.update(`Downloading ${name}`, tenths(received), tenths(total ?? received), rate);
}

/** Megabytes with one decimal. */
function tenths(bytes: number): number {
  return Math.round((10 * bytes) / MB) / 10;
}
