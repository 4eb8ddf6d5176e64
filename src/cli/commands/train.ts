/** @file `transfuse train`. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { parse } from 'yaml';
import { TransfuseError } from '../../errors.js';
import { parseTrainOptions, type TrainOptionsInput, trainOptionHelp } from '../../runs/options.js';
import { methods, roleGroups } from '../../training/methods.js';
import { interruption } from '../failure.js';
import { TrainScreen } from '../train-screen.js';

/** Adds the command, with one flag per row of the options' table. */
export function registerTrain(program: Command): void {
  const command = program
    .command('train')
    .argument(
      '[data]',
      'folder of class folders (with or without train/val/test), or a CSV of paths and labels',
    )
    .summary('fine-tune a network on your images')
    .description(
      'Fine-tunes a network on your images and leaves a run folder: adapter, metrics, predictions, report.html.',
    )
    .addHelpText('after', methodsHelp());
  for (const { name, value, description, group } of trainOptionHelp) {
    const flag = name === 'augment' ? '--no-augment' : value ? `--${name} <${value}>` : `--${name}`;
    const text = name === 'augment' ? `do not ${description}` : description;
    command.addOption(new Option(flag, text).helpGroup(`${group}:`));
  }
  command.addOption(
    new Option('--config <FILE>', 'YAML or JSON with the same keys (and data); flags win').helpGroup(
      'Running:',
    ),
  );
  command.action(async (data: string | undefined, flags: Record<string, unknown>, self: Command) => {
    const { given, dataFromFile } = gather(flags, self);
    const { train } = await import('../../runs/train.js');
    const screen = new TrainScreen();
    const stop = interruption(() => screen.stopping());
    try {
      const result = await train(data ?? dataFromFile, given, {
        ...screen.hooks,
        signal: stop.signal,
        commandLine: ['transfuse', ...process.argv.slice(2)].join(' '),
      });
      screen.finished(result);
      if (!result.finished) process.exitCode = 130;
    } finally {
      screen.close();
      stop.done();
    }
  });
}

/** Only what was said: on the command line, or in the config file. Defaults are the table's business. */
function gather(
  flags: Record<string, unknown>,
  command: Command,
): { given: TrainOptionsInput; dataFromFile?: string } {
  const said: Record<string, unknown> = {};
  for (const option of command.options) {
    const key = option.attributeName();
    if (key === 'config' || command.getOptionValueSource(key) !== 'cli') continue;
    said[option.name().replace(/^no-/, '')] = flags[key];
  }
  if (typeof flags.config !== 'string') {
    parseTrainOptions(said);
    return { given: said as TrainOptionsInput };
  }
  const { data, ...fromFile } = readConfig(flags.config);
  parseTrainOptions(fromFile, `${flags.config}: `);
  parseTrainOptions(said);
  return { given: { ...fromFile, ...said } as TrainOptionsInput, dataFromFile: data as string | undefined };
}

function readConfig(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new TransfuseError('bad-config', `--config ${file} cannot be read`);
  }
  try {
    const config = parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config;
  } catch (error) {
    throw new TransfuseError('bad-config', `${file} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  throw new TransfuseError('bad-config', `${file} must hold keys and values, such as “method: fc-then-bn”`);
}

function methodsHelp(): string {
  const names = Object.entries(methods).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`);
  return `
Methods:
${names.join('\n')}
  Or spelled out, as phases of ROLES[@RATE][xEPOCHS] separated by commas: head@1e-3x1,scale+centre+head@1e-3x20
  with roles from ${Object.keys(roleGroups).join(', ')}.

Examples:
  transfuse train photos/ --epochs 10
  transfuse train xrays/ --model mobilenetv2.onnx --size 180 --val 0.1 --group-by "person(\\d+)"
  transfuse train list.csv --model resnet50.onnx --method fc-then-full --class-weights --out runs/r50`;
}
