/** @file ROC curves on one square. */
import type { RocView } from '../../api.js';
import { LineChart } from '../charts/line-chart.js';
import { decimal } from '../format.js';

/** As many as there are colours. */
const MOST = 8;

export function RocChart({ title, curves }: { title: string; curves: readonly RocView[] }) {
  const shown = curves.slice(0, MOST);
  return (
    <LineChart
      title={title}
      description={`ROC: ${shown.map(({ name, auc }) => `${name}, area ${decimal(auc)}`).join('; ')}.`}
      series={shown.map(({ name, auc, points }, i) => ({
        name: `${name} (${decimal(auc)})`,
        points,
        colour: i + 1,
      }))}
      xLabel="false positive rate (1 − specificity)"
      yLabel="sensitivity"
      x={[0, 1]}
      y={[0, 1]}
      height={300}
      diagonal
    />
  );
}
