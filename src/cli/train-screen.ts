/** @file What `train` shows: the data, what will train, a live line per epoch, and the result. */
import type { Estimate, Metrics } from '../metrics/index.js';
import type { TrainHooks, TrainResult } from '../runs/train.js';
import { showDownload } from './download-line.js';
import { phaseText } from './methods-text.js';
import { duration, ProgressLine } from './progress.js';
import { count, table } from './table.js';

const SHOWN_WARNINGS = 5;

export class TrainScreen {
  private readonly line = new ProgressLine();
  private warnings = 0;
  private epochsShown = false;

  readonly hooks: TrainHooks = {
    onDownload: (progress) => showDownload(this.line, 'the network', progress),
    onUnpack: (file, to) => this.say(`Unpacking ${file} once, to ${to}`),
    onData: ({ name, task, classes, splits, warnings }) => {
      const sizes = Object.entries(splits).map(([name, samples]) => `${name} ${count(samples.length)}`);
      this.say(
        `Data: ${name === undefined ? '' : `${name}, `}${task}, ${classes.length} classes (${abridged(classes)}); ${sizes.join(', ')}`,
      );
      for (const warning of warnings) this.warn(warning);
    },
    onPrepare: (done, total) => this.line.update('Reading images', done, total),
    onWarning: (warning) => {
      this.line.clear();
      this.warn(warning);
    },
    onPlan: ({ roles, phases, drawn }, { network, height, width }, folder) => {
      this.line.clear();
      this.sayHowManyMore();
      const start = drawn ? ` from ${drawn.start} weights (seed ${drawn.seed})` : '';
      this.say(`Network: ${network.name}${start} at ${height}×${width}, run folder ${folder}`);
      this.say(
        table([
          ['role', 'trains', 'frozen'],
          ...roles.map(({ role, trained, frozen }) => [role, count(trained), count(frozen)]),
        ]),
      );
      phases.forEach((phase, i) => {
        this.say(`Phase ${i + 1} of ${phases.length}, ${phaseText(phase, phase.parameters)}`);
      });
    },
    onDevice: ({ line }) => this.say(`Computing on ${line}`),
    onPhase: () => {
      this.epochsShown = false;
    },
    onStep: ({ phase, epoch, step, steps, loss, imagesPerSecond }) =>
      this.line.update(
        `${phase.name} ${epoch}`,
        step,
        steps,
        `loss ${loss.toFixed(4)} · ${imagesPerSecond.toFixed(0)} images/s`,
      ),
    onEpoch: (record) => {
      this.line.clear();
      const { phase, epoch, learningRate, trainLoss, validationLoss, validationAuc, seconds, best } = record;
      if (!this.epochsShown)
        this.say('phase    epoch      rate  train loss   val loss    val AUC   images/s  waited     time');
      this.epochsShown = true;
      const cells = [
        phase.padEnd(8),
        String(epoch).padStart(5),
        learningRate.toExponential(1).padStart(9),
        trainLoss.toFixed(4).padStart(11),
        validationLoss.toFixed(4).padStart(10),
        (validationAuc?.toFixed(4) ?? '–').padStart(10),
        record.imagesPerSecond.toFixed(0).padStart(10),
        `${(100 * record.waitedFraction).toFixed(1)} %`.padStart(7),
        duration(seconds).padStart(8),
      ];
      this.say(`${cells.join(' ')}${best ? '  *' : ''}`);
    },
    onPredict: (split, done, total) => this.line.update(`Predicting ${split}`, done, total),
  };

  stopping(): void {
    this.line.end();
    this.say('Stopping after this step; once more ends at once …');
  }

  finished({ folder, finished, metrics }: TrainResult): void {
    this.line.clear();
    this.sayHowManyMore();
    if (!finished) {
      this.say(`Stopped. To go on: transfuse train --resume --out ${folder}`);
      return;
    }
    for (const [split, result] of Object.entries(metrics)) this.say(summary(split, result));
    this.say(`Report: ${folder}/report.html`);
  }

  close(): void {
    this.line.end();
  }

  private warn(warning: string): void {
    if (++this.warnings <= SHOWN_WARNINGS) this.say(`Warning: ${warning}`);
  }

  private sayHowManyMore(): void {
    if (this.warnings > SHOWN_WARNINGS) this.say(`… and ${this.warnings - SHOWN_WARNINGS} more warnings`);
    this.warnings = 0;
  }

  private say(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}

/** One line on a split: AUC with its interval first. */
export function summary(split: string, { auc, accuracy, thresholds, n, loss }: Metrics): string {
  const accuracyName = thresholds ? 'accuracy at 0.5' : 'accuracy';
  return `${split}: AUC ${interval(auc)}, ${accuracyName} ${show(accuracy)}, loss ${show(loss)}, ${count(n)} images`;
}

export const show = (value: number | null): string => value?.toFixed(4) ?? '–';

/** `0.953 (0.941–0.963)`. */
export function interval({ value, low, high }: Estimate): string {
  if (value === null) return 'undefined (one class only)';
  const range = low === null || high === null ? '' : ` (95 % ${low.toFixed(4)}–${high.toFixed(4)})`;
  return value.toFixed(4) + range;
}

function abridged(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 7).join(', ')}, … `;
}
