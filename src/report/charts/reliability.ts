/** @file Reliability diagram: what was predicted against what came true, with the number of images below. */
import * as Plot from '@observablehq/plot';
import { type ReliabilityBin, reliabilityCurve } from '../../metrics/calibration.js';
import { confidences } from '../../metrics/columns.js';
import { count, percent } from '../format.js';
import type { Html } from '../html.js';
import { axisBelow, axisLeft, chart, diagonal, SERIES, verticalGrid } from '../plot.js';
import type { ReportData, ReportSplit } from '../types.js';

/** What a probability is about, by task. */
function axisLabels(data: ReportData): { predicted: string; observed: string } {
  if (data.task === 'multi-class')
    return { predicted: 'confidence in the predicted class', observed: 'fraction right' };
  if (data.task === 'multi-label')
    return { predicted: 'predicted probability', observed: 'fraction with the label' };
  return { predicted: `predicted probability of ${data.classes[1]}`, observed: 'fraction observed' };
}

export function reliabilityChart(data: ReportData, split: ReportSplit): Html {
  const { correct, confidence } = confidences({ ...split, task: data.task, classes: data.classes });
  const bins = reliabilityCurve(correct, confidence).filter((bin) => bin.count > 0);
  const { predicted, observed } = axisLabels(data);
  const tip = (bin: ReliabilityBin) =>
    `${count(bin.count)} predicted ${percent(bin.meanProbability)}, observed ${percent(bin.observed.value)}`;
  return chart(`Reliability diagram of the ${split.name} split`, (width) => ({
    height: Math.min(width, 440) - 8,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      verticalGrid(),
      axisBelow(shortened(predicted, width)),
      axisLeft(observed),
      diagonal(),
      Plot.link(bins, {
        x: 'meanProbability',
        y1: (b) => b.observed.low,
        y2: (b) => b.observed.high,
        stroke: SERIES[0],
        strokeOpacity: 0.45,
        strokeWidth: 1.5,
      }),
      Plot.line(bins, {
        x: 'meanProbability',
        y: (b) => b.observed.value,
        stroke: SERIES[0],
        strokeWidth: 2,
      }),
      Plot.dot(bins, {
        x: 'meanProbability',
        y: (b) => b.observed.value,
        r: 3.5,
        fill: SERIES[0],
        title: tip,
      }),
    ],
  }));
}

/** How many images got which probability, split by what they turned out to be. */
export function confidenceHistogram(data: ReportData, split: ReportSplit): Html {
  const { correct, confidence } = confidences({ ...split, task: data.task, classes: data.classes });
  const bins = reliabilityCurve(correct, confidence);
  const stacked = bins.flatMap((bin) => {
    const hits = Math.round((bin.observed.value ?? 0) * bin.count);
    return [
      { ...bin, from: 0, to: hits, colour: SERIES[0] },
      { ...bin, from: hits, to: bin.count, colour: SERIES[1] },
    ];
  });
  const { predicted } = axisLabels(data);
  return chart(`Histogram of probabilities on the ${split.name} split`, (width) => ({
    height: Math.min(width, 440) - 8,
    x: { domain: [0, 1] },
    marks: [
      axisLeft(null, { tickFormat: (d: number) => (Number.isInteger(d) ? count(d) : '') }),
      Plot.rect(stacked, {
        x1: 'low',
        x2: 'high',
        y1: 'from',
        y2: 'to',
        fill: 'colour',
        insetLeft: 1,
        insetRight: 1,
      }),
      axisBelow(shortened(predicted, width)),
    ],
  }));
}

function shortened(text: string, width: number): string {
  const room = Math.floor((width - 64) / 6.5);
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}
