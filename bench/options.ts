/** @file Command-line options that both benchmarks read. */
import { TransfuseError } from '../src/errors.js';

/** A whole number of at least 1. */
export function countOption(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new TransfuseError('bad-option', `--${name} is ${text}; it must be a whole number of at least 1`);
}

/** Some of `legal`, separated by commas. */
export function listOption<Name extends string>(name: string, text: string, legal: readonly Name[]): Name[] {
  const names = text.split(',') as Name[];
  const wrong = names.find((each) => !legal.includes(each));
  if (wrong === undefined) return names;
  throw new TransfuseError('bad-option', `--${name} has ${wrong}; it takes ${legal.join(', ')}`);
}
