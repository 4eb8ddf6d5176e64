#!/usr/bin/env node
/** @file The command line. Only what `--help` needs is loaded here; each command loads its own room when it runs. */
import { Command } from 'commander';
import { version } from '../version.js';
import { registerDemo } from './commands/demo.js';
import { registerEvaluate } from './commands/evaluate.js';
import { registerExport } from './commands/export.js';
import { registerInspect } from './commands/inspect.js';
import { registerPredict } from './commands/predict.js';
import { registerTrain } from './commands/train.js';
import { reportFailure } from './failure.js';

const program = new Command('transfuse')
  .description('Fine-tune the batch norm of a pre-trained image network on your own images, on this machine.')
  .version(version)
  .showHelpAfterError('(see --help)')
  .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 110) })
  .addHelpText(
    'after',
    `
Examples:
  transfuse demo                                      see it work, on images it draws itself
  transfuse train photos/                             photos/<class>/*.jpg, everything else by default
  transfuse train xrays/ --model mobilenetv2.onnx --size 180 --group-by "person(\\d+)" --out runs/cxr
  transfuse train --resume --out runs/cxr             go on after an interruption
  transfuse evaluate runs/cxr xrays/test
  transfuse predict runs/cxr new/*.jpeg --csv out.csv
  transfuse export runs/cxr --to model.onnx           one ONNX file, images in, probabilities out`,
  );

registerTrain(program);
registerEvaluate(program);
registerPredict(program);
registerInspect(program);
registerExport(program);
registerDemo(program);

await program.parseAsync().catch(reportFailure);
