/** @file The options of heatmaps. */
import { help, text, whole } from './option-table.js';

export const heatmapSettings = () => ({
  heatmap: text().optional().register(help, {
    value: 'FOLDER',
    group: 'Heatmaps',
    description: 'write heatmaps there, two PNG files per image: see “Heatmaps” below',
  }),
  'heatmap-class': text().optional().register(help, {
    value: 'CLASS',
    group: 'Heatmaps',
    description: 'the class that they are about; default: what is predicted',
  }),
  'heatmap-samples': whole(0, 10_000).default(25).register(help, {
    value: 'N',
    group: 'Heatmaps',
    description: 'noisy copies that SmoothGrad averages over; 0 leaves it out',
  }),
});
