/** @file The built-in network, fetched once from beside the page. */
import petri from '../../../assets/petri.safetensors?url';
import { TransfuseError } from '../../errors.js';
import type { Network } from '../../graph/network.js';
import { decodePetri } from '../../models/petri.js';

// Both are known when the page is built.
declare const PETRI_SHA256: string;
declare const TRANSFUSE_VERSION: string;

export const version = TRANSFUSE_VERSION;

let loading: Promise<Network> | undefined;

/** @throws TransfuseError `no-network` where the page's own folder does not give it */
export function builtin(): Promise<Network> {
  loading ??= load();
  loading.catch(() => {
    loading = undefined; // so that it can be tried again
  });
  return loading;
}

async function load(): Promise<Network> {
  const response = await fetch(petri).catch(() => undefined);
  if (!response?.ok) {
    throw new TransfuseError(
      'no-network',
      `the built-in network could not be loaded from beside this page (${response?.status ?? 'no answer'}); is the page still being served?`,
    );
  }
  return decodePetri(new Uint8Array(await response.arrayBuffer()), PETRI_SHA256, 'petri.safetensors');
}
