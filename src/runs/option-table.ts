/**
 * @file What a table of options is: zod schemas that also say what each option looks like in `--help`. The command
 * line's flags, the keys of a config file and the library's parameters are all read off such tables.
 */
import { z } from 'zod';
import { TransfuseError } from '../errors.js';

/** What a flag's value looks like in `--help`; a switch has none. */
export interface Help {
  readonly value?: string;
  readonly group: string;
  readonly description: string;
}

/** Beside each option's schema, what `--help` says of it. */
export const help = z.registry<Help>();

/** A number, or its digits as command lines give them. */
export function number(holds: (n: number) => boolean, rule: string) {
  return z
    .union([z.number(), z.string()], rule)
    .transform((value) => (typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)))
    .refine(holds, rule);
}

/** A whole number in a range that includes both ends. */
export function whole(from: number, to = Number.MAX_SAFE_INTEGER) {
  const range = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
  return number((n) => Number.isInteger(n) && n >= from && n <= to, `must be a whole number ${range}`);
}

export const text = () => z.string('must be text').min(1, 'must not be empty');
export const yesOrNo = () => z.boolean('must be true or false');
export const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, `must be one of ${names.join(', ')}`);

/** One row per option, for whoever builds a command line or a form. */
export function optionHelp(table: z.ZodObject): ({ readonly name: string } & Help)[] {
  return Object.entries(table.shape).map(([name, schema]) => ({ name, ...help.get(schema as z.ZodType)! }));
}

/**
 * Checks options and fills in defaults.
 * @param where what to call the source in messages: `--` for flags, or a file's name followed by a colon and a space
 * @throws TransfuseError `bad-option`
 */
export function parseOptions<Table extends z.ZodObject>(
  table: Table,
  input: unknown,
  where = '--',
): z.output<Table> {
  const result = table.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue.code === 'unrecognized_keys') {
    throw new TransfuseError(
      'bad-option',
      `${where}${issue.keys[0]} is not an option; those are ${Object.keys(table.shape).join(', ')}`,
    );
  }
  const name = issue.path.join('.');
  const given = (input as Record<string, unknown>)[name];
  const shown = typeof given === 'string' ? given || 'empty' : JSON.stringify(given);
  throw new TransfuseError('bad-option', `${where}${name} is ${shown}; it ${issue.message}`);
}
