/** @file When and with what a run was made: what its other files do not say. */
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../files/atomic.js';
import type { BaseModel } from '../models/catalogue.js';
import { version } from '../version.js';
import { files } from './folder.js';

const provenanceSchema = z.object({
  /** ISO 8601; `started` is that of the last stretch, where the run was resumed. */
  started: z.string(),
  finished: z.string(),
  base: z.object({ name: z.string(), sha256: z.string(), source: z.string() }),
  /** Of Transfuse. */
  version: z.string(),
  node: z.string(),
  platform: z.string(),
  parameters: z.object({ trained: z.number(), all: z.number() }),
});

export type Provenance = z.output<typeof provenanceSchema>;

/** Writes `provenance.json`; nothing of it names a person or a place. */
export async function writeProvenance(
  folder: string,
  {
    base,
    started,
    plan,
  }: {
    readonly base: BaseModel;
    readonly started: Date;
    readonly plan: { readonly roles: readonly { readonly trained: number; readonly frozen: number }[] };
  },
): Promise<void> {
  const { name, sha256 } = base.network;
  const trained = plan.roles.reduce((sum, role) => sum + role.trained, 0);
  const frozen = plan.roles.reduce((sum, role) => sum + role.frozen, 0);
  const provenance: Provenance = {
    started: started.toISOString(),
    finished: new Date().toISOString(),
    base: { name, sha256, source: base.source },
    version,
    node: process.version,
    platform: `${os.platform()} ${os.arch()}`,
    parameters: { trained, all: trained + frozen },
  };
  await writeFileAtomic(path.join(folder, files.provenance), `${JSON.stringify(provenance, null, 2)}\n`);
}

/** Reads what `writeProvenance` wrote; undefined where it is of another form. */
export function parseProvenance(json: string): Provenance | undefined {
  return provenanceSchema.safeParse(JSON.parse(json)).data;
}
