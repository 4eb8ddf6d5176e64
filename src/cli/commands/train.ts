/** @file `transfuse train`. */
import { type Command, Option } from 'commander';
import type { About } from '../../report/card.js';
import { parseAbout } from '../../runs/about.js';
import { readConfigFile } from '../../runs/config-file.js';
import { parseTrainOptions, type TrainOptionsInput, trainOptionsSchema } from '../../runs/options.js';
import { interruption } from '../failure.js';
import { methodsText } from '../methods-text.js';
import { addOptions, saidOptions } from '../options.js';
import { TrainScreen } from '../train-screen.js';

export function describe(command: Command): void {
  command
    .argument(
      '[data]',
      'folder of class folders (with or without train/val/test), or a CSV of paths and labels',
    )
    .description(
      'Fine-tunes a network on your images and leaves a run folder: adapter, metrics, predictions, report.html.',
    )
    .addHelpText('after', () => trainHelp(command.opts().method));
  addOptions(command, trainOptionsSchema);
  command
    .addOption(
      new Option('--config <FILE>', 'YAML or JSON with the same keys (and data); flags win').helpGroup(
        'Running:',
      ),
    )
    .action(async (data: string | undefined, { config }: { config?: string }) => {
      const said = saidOptions(command, trainOptionsSchema) as TrainOptionsInput;
      parseTrainOptions(said);
      const file = config === undefined ? { options: {}, about: undefined } : await readChecked(config);
      const { train } = await import('../../runs/train.js');
      const screen = new TrainScreen();
      const stop = interruption(() => screen.stopping());
      try {
        const result = await train(
          data ?? file.data,
          { ...file.options, ...said },
          {
            ...screen.hooks,
            signal: stop.signal,
            about: file.about,
            commandLine: ['transfuse', ...process.argv.slice(2)].join(' '),
          },
        );
        screen.finished(result);
        if (!result.finished) throw stop.signal.reason;
      } finally {
        screen.close();
        stop.done();
      }
    });
}

async function readChecked(
  file: string,
): Promise<{ data?: string; about?: About; options: TrainOptionsInput }> {
  const { data, card, options } = await readConfigFile(file);
  parseTrainOptions(options, `${file}: `);
  return { data, options, about: card === undefined ? undefined : parseAbout(card, file) };
}

function trainHelp(method: string | undefined): string {
  return `
${methodsText(method)}

Examples:
  transfuse train photos/ --epochs 10
  transfuse train xrays/ --model mobilenetv2.onnx --size 180 --val 0.1 --group-by "person(\\d+)"
  transfuse train list.csv --model resnet50.onnx --method fc-then-full --class-weights --out runs/r50`;
}
