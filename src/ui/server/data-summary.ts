/** @file What is in a folder, told from names alone: classes, sides, groups, a few pictures to look at. */

import { isDicomFile } from '../../data/dicom/dicom-file.js';
import { groupsOf } from '../../data/groups.js';
import { labelsOf } from '../../runs/decide.js';
import type { DataSummary, SampleView } from '../api.js';
import { splitSummaries } from '../split-summaries.js';
import { suggestGroups } from '../suggest-groups.js';
import type { OpenData } from './data-opened.js';

/** So many pictures are shown in all, and of one class. */
const SHOWN = 48;
const SHOWN_PER_CLASS = 6;

export async function summaryOf(data: OpenData): Promise<DataSummary> {
  const { dataset, key, path } = data;
  const { name = null, task, classes, warnings } = dataset;
  return {
    key,
    path,
    name,
    task,
    classes,
    splits: splitSummaries(dataset),
    warnings,
    suggestions: [
      ...(await suggestPatients(data)),
      ...suggestGroups(
        data.samples.map(({ sample }) => sample.id),
        dataset.classes.length,
      ),
    ],
    samples: someOfEach(data),
  };
}

function someOfEach({ dataset, samples }: OpenData): SampleView[] {
  const each = Math.max(1, Math.min(SHOWN_PER_CLASS, Math.floor(SHOWN / dataset.classes.length)));
  const views = samples.map(({ sample, split }, index) => {
    return { index, id: sample.id, split, labels: labelsOf(dataset, sample.target) };
  });
  return dataset.classes.slice(0, SHOWN).flatMap((name) => {
    const own = views.filter(({ labels }) => labels.includes(name));
    const wanted = Math.min(each, own.length);
    return Array.from({ length: wanted }, (_, i) => own[Math.floor((i * own.length) / wanted)]);
  });
}

/** So many headers are read to see whether patients can be told apart by them. */
const HEADERS = 1000;

/** DICOM files say whose they are; they are told apart, and nobody is named. */
async function suggestPatients({ samples }: OpenData): Promise<DataSummary['suggestions']> {
  const pattern = 'dicom:PatientID';
  const files = samples.slice(0, HEADERS).map(({ sample: { source, id } }) => {
    return { source, id, real: source.path, labels: [] };
  });
  if (!isDicomFile(files[0].source.path)) return [];
  const found = await groupsOf(files, pattern, []).catch(() => []);
  const groups = new Set(found.flatMap((group) => group ?? []));
  return groups.size > 1 ? [{ pattern, groups: groups.size, example: [...groups][0] }] : [];
}
