/** @file YAML (or JSON, which is YAML) files of options: those users write, and those runs leave. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { TransfuseError } from '../errors.js';

/** What a config file says: the data, and any of the options. */
export interface ConfigFile {
  readonly data?: string;
  /** What people say of the model, for its card; still to be checked. */
  readonly card?: unknown;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Reads a config file; the options are still to be checked.
 * @throws TransfuseError `bad-config`
 */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const content = asMapping(file, await readYaml(file));
  const { data, card, ...options } = content;
  if (data !== undefined && typeof data !== 'string') {
    throw new TransfuseError('bad-config', `${file}: data is ${JSON.stringify(data)}; it must be a path`);
  }
  return { data, card, options };
}

/**
 * What a YAML or JSON file holds.
 * @throws TransfuseError `bad-config`
 */
export async function readYaml(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return parse(text, { logLevel: 'error' });
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n');
    throw new TransfuseError('bad-config', `${file} is not YAML: ${reason!.replace(/:$/, '')}`, { cause });
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
    };
    throw new TransfuseError('bad-config', `cannot read config ${file}: ${reasons[code ?? ''] ?? message}`, {
      cause,
    });
  }
}

function asMapping(file: string, content: unknown): Record<string, unknown> {
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    return content as Record<string, unknown>;
  }
  throw new TransfuseError(
    'bad-config',
    `${file} must hold options and their values, such as “method: fc-then-bn”`,
  );
}
