/** @file What fine-tuning methods are, in words. */
import type { Start } from '../models/start.js';
import { type Method, methods, type Phase, resolveMethod, roleGroups } from '../training/methods.js';
import { count } from './table.js';

/** Every method in a line each, how to spell out others, and, if one was named, what it does phase by phase. */
export function methodsText(named?: string): string {
  const width = Math.max(...Object.keys(methods).map((name) => name.length)) + 2;
  const names = Object.entries(methods).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return `Methods:
${names.join('\n')}
  Or spelled out, as phases of ROLES[@RATE][xEPOCHS][/lastK][/batch[MOMENTUM]] separated by commas, such as
  head@1e-3x1,scale+centre+head@1e-3x20/last2, with roles from ${Object.keys(roleGroups).join(', ')}.
  /last2 trains the last two blocks only (stages of one resolution), /batch normalises by batch statistics;
  the phase “statistics” replaces the stored statistics by those of the training images.${named ? `\n\n${methodText(named)}` : ''}`;
}

/** @throws TransfuseError `unknown-method` */
function methodText(name: string): string {
  const { summary, start = 'pretrained', phases }: Method = resolveMethod(name);
  const lines = phases.map((phase, i) => wrapped(`  ${i + 1}. ${phaseText(phase)}`, '     '));
  return [`${name}: ${summary}`, `  Starts from ${startText[start]}.`, ...lines].join('\n');
}

const startText: Record<Start, string> = {
  pretrained: 'the network’s pre-trained weights',
  random: 'random weights, drawn by --seed as the network’s framework draws them',
  'mean-variance': 'kernels drawn by --seed with the mean and variance of the pre-trained ones',
};

/** @param parameters how many numbers train, where that is known */
export function phaseText(phase: Phase, parameters?: number): string {
  const { name, trains, lastBlocks, learningRate, epochs } = phase;
  const most = epochs === 1 ? 'one epoch' : `at most ${epochs} epochs`;
  if (trains.length === 0) return `${name}: nothing trains, ${most}, ${statisticsText(phase)}`;
  const where =
    lastBlocks === undefined
      ? ''
      : ` in the last ${lastBlocks === 1 ? 'block' : `${lastBlocks} blocks`}, and the head`;
  const roles = trains.filter((role) => lastBlocks === undefined || !role.startsWith('head-'));
  const all = `${roles.join(', ')}${where}`;
  const what = parameters === undefined ? all : `${count(parameters)} parameters (${all})`;
  return `${name}: ${what} at ${learningRate}, ${most}, ${statisticsText(phase)}`;
}

function statisticsText({ statistics, momentum }: Phase): string {
  if (statistics === 'frozen') return 'normalised by the stored statistics';
  if (momentum === 'cumulative') return 'the stored statistics become those of the training images';
  const rule = momentum === undefined ? '' : `, momentum ${momentum}`;
  return `normalised by each batch’s statistics, whose moving averages are stored${rule}`;
}

const MOST_COLUMNS = 100;

/** @param indent of the lines that follow */
function wrapped(text: string, indent: string): string {
  const lines = [''];
  for (const word of text.split(/(?<=\S) /)) {
    const line = lines.at(-1)!;
    if (line && line.length + 1 + word.length > MOST_COLUMNS) lines.push(indent + word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.join('\n');
}
