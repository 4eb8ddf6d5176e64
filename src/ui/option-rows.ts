/** @file The options of `train` as a form shows and checks them, read off their one table. */
import { z } from 'zod';
import { TransfuseError } from '../errors.js';
import { optionHelp } from '../runs/option-table.js';
import { parseTrainOptions, trainOptionsSchema } from '../runs/options.js';
import type { OptionRow, Said } from './api.js';

/** What a page decides otherwise: by a button. */
const elsewhere: readonly string[] = ['resume'];

/** One row per option, in the table's order. */
export function optionRows(): OptionRow[] {
  return optionHelp(trainOptionsSchema)
    .filter(({ name }) => !elsewhere.includes(name))
    .map(({ name, value, group, description }) => {
      const schema: z.ZodType = trainOptionsSchema.shape[name as keyof typeof trainOptionsSchema.shape];
      const choices = choicesOf(schema);
      const { data } = schema.safeParse(undefined);
      return {
        name,
        group,
        description,
        value,
        kind: value === undefined ? 'switch' : choices ? 'choice' : 'text',
        choices,
        default: typeof data === 'number' ? String(data) : (data as string | boolean | undefined),
      };
    });
}

/** What is wrong with each option, by its name; nothing where all is well. */
export function problemsOf(said: Said): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const [name, value] of Object.entries(said)) {
    try {
      parseTrainOptions({ [name]: value }, '');
    } catch (error) {
      if (!(error instanceof TransfuseError)) throw error;
      problems[name] = error.message;
    }
  }
  return problems;
}

/** The names that a choice is made from; it may lie within an optional, or have a default. */
function choicesOf(schema: z.ZodType): readonly string[] | undefined {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return choicesOf(schema.unwrap() as z.ZodType);
  }
  return undefined;
}
