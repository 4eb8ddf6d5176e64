/** @file Command-line options of the benchmarks. */
import { parseArgs } from 'node:util';
import { TransfuseError } from '../src/errors.js';

interface OtherOptions<Defaults, Other extends string> {
  /** Names of options that have no default. */
  readonly others?: readonly Other[];
  /** What `--quick` puts in the defaults' place. */
  readonly quick?: Partial<Defaults>;
}

/**
 * What the command line says, and defaults where it says nothing.
 * @returns undefined where `--help` is asked for, which has been answered
 */
export function readOptions<Defaults extends Readonly<Record<string, string>>, Other extends string = never>(
  help: string,
  defaults: Defaults,
  { others = [], quick }: OtherOptions<Defaults, Other> = {},
): (Record<keyof Defaults, string> & Partial<Record<Other, string>>) | undefined {
  const texts = [...Object.keys(defaults), ...others].map((name) => [name, { type: 'string' }] as const);
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(texts),
      ...(quick && { quick: { type: 'boolean' } as const }),
      help: { type: 'boolean' },
    },
  });
  const { help: wantsHelp, quick: isQuick, ...given } = values;
  if (wantsHelp) {
    console.log(help);
    return undefined;
  }
  return { ...defaults, ...(isQuick && quick), ...given } as Record<keyof Defaults, string> &
    Partial<Record<Other, string>>;
}

/** A whole number of at least 1. */
export function countOption(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new TransfuseError('bad-option', `--${name} is ${text}; it must be a whole number of at least 1`);
}

/** Such numbers, separated by commas. */
export function countsOption(name: string, text: string): number[] {
  return text.split(',').map((count) => countOption(name, count));
}

/** Some of `legal`, separated by commas. */
export function listOption<Name extends string>(name: string, text: string, legal: readonly Name[]): Name[] {
  const names = text.split(',') as Name[];
  const wrong = names.find((each) => !legal.includes(each));
  if (wrong === undefined) return names;
  throw new TransfuseError('bad-option', `--${name} has ${wrong}; it takes ${legal.join(', ')}`);
}
