/** @file An adapter as clients see it. */
import type { Served } from '../registry.js';
import { type Trust, trustNote } from '../trust.js';

export interface AdapterDescription {
  readonly name: string;
  readonly task: string;
  readonly classes: readonly string[];
  readonly thresholds: readonly number[] | null;
  readonly height: number;
  readonly width: number;
  readonly method: string;
  readonly base: { readonly name: string; readonly sha256: string };
  readonly bytes: number;
  readonly trust: Trust | null;
  readonly note: string;
}

export function describeAdapter({ name, adapter, bytes, trust }: Served): AdapterDescription {
  const { task, classes, thresholds, height, width, method, base } = adapter;
  const { name: baseName, sha256 } = base;
  return {
    name,
    task,
    classes,
    thresholds,
    height,
    width,
    method,
    base: { name: baseName, sha256 },
    bytes,
    trust,
    note: trustNote(trust),
  };
}
