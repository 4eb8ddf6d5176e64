/** @file What people say of a model, for its card: a file of its own, or a section of a config file. */
import { z } from 'zod';
import { TransfuseError } from '../errors.js';
import { type About, aboutFields } from '../report/card.js';
import { readYaml } from './config-file.js';

const aboutSchema = z.strictObject(
  Object.fromEntries(Object.keys(aboutFields).map((name) => [name, z.string().optional()])),
);

/**
 * Reads a file of fields of text, at the top or below `card`.
 * @throws TransfuseError `bad-about` with the fields there are, `bad-config`
 */
export async function readAbout(file: string): Promise<About> {
  const content = await readYaml(file);
  return parseAbout((content as { card?: unknown } | null)?.card ?? content ?? {}, file);
}

/**
 * Checks what was read.
 * @param where the file, for messages
 * @throws TransfuseError `bad-about`
 */
export function parseAbout(section: unknown, where: string): About {
  const result = aboutSchema.safeParse(section);
  if (result.success) return result.data as About;
  const [issue] = result.error.issues;
  const what =
    issue.code === 'unrecognized_keys'
      ? `${issue.keys[0]} is no field`
      : `${issue.path.join('.') || 'it'} must be text`;
  throw new TransfuseError(
    'bad-about',
    `${where}: ${what}; the fields, each of text, are ${Object.keys(aboutFields).join(', ')}`,
  );
}
