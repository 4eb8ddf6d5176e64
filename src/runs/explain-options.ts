/** @file The options of heatmaps, calibration, intervals and subgroups. */
import { help, text, whole, yesOrNo } from './option-table.js';

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

export const calibrateSetting = () => ({
  calibrate: yesOrNo().default(false).register(help, {
    group: 'Model',
    description:
      'give probabilities at the temperature fitted on validation; what is predicted stays the same',
  }),
});

export const resampleSettings = () => ({
  'group-by': text().optional().register(help, {
    value: 'PATTERN',
    group: 'Measuring',
    description:
      'patients, which intervals take as a whole: a pattern over the path such as "C(\\d+)P", column:NAME, or dicom:PatientID; default: as in training',
  }),
  resamples: whole(0, 1_000_000).default(2000).register(help, {
    value: 'N',
    group: 'Measuring',
    description: 'draws of the bootstrap behind the intervals; 0 leaves them out',
  }),
});

export const subgroupSettings = () => ({
  by: text().optional().register(help, {
    value: 'COLUMNS',
    group: 'Measuring',
    description: 'tables by subgroup: columns of the data’s own CSV, or of --subgroups, such as sex,hospital',
  }),
  subgroups: text().optional().register(help, {
    value: 'FILE.csv',
    group: 'Measuring',
    description: 'a table with a column image (or path, file, filename) and those of --by',
  }),
});

export const measureSettings = () => ({ ...resampleSettings(), ...subgroupSettings() });
