/** @file A command's flags, made from its table of options. */
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { optionHelp } from '../runs/option-table.js';

/** Adds one flag per row. A switch that is on by default becomes `--no-NAME`. */
export function addOptions(command: Command, table: z.ZodObject): void {
  for (const { name, value, description, group } of optionHelp(table)) {
    const isOn = !value && table.shape[name].safeParse(undefined).data === true;
    const flag = isOn ? `--no-${name}` : value ? `--${name} <${value}>` : `--${name}`;
    const text = isOn ? `do not ${description}` : description;
    command.addOption(new Option(flag, text + defaultOf(table.shape[name])).helpGroup(`${group}:`));
  }
}

/** What was said on the command line, by the table's names; defaults are the table's business. */
export function saidOptions(command: Command, table: z.ZodObject): Record<string, unknown> {
  const said: Record<string, unknown> = {};
  for (const option of command.options) {
    const name = option.name().replace(/^no-/, '');
    const key = option.attributeName();
    if (name in table.shape && command.getOptionValueSource(key) === 'cli') {
      said[name] = command.getOptionValue(key);
    }
  }
  return said;
}

function defaultOf(schema: z.ZodType): string {
  const { data } = schema.safeParse(undefined);
  return typeof data === 'string' || typeof data === 'number' ? ` (default: ${data})` : '';
}
