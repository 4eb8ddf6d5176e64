/** @file The networks that adapters may stand on: those the operator named, and those that come with Transfuse. */
import { TransfuseError } from '../errors.js';
import type { Network } from '../graph/network.js';
import { loadModel } from '../models/catalogue.js';
import { type AffineLayer, affineLayers, type ImageForm } from './shared-model.js';

export interface Base {
  readonly network: Network;
  /** Its batch norms that are run inputs. */
  readonly layers: readonly AffineLayer[];
}

export interface Bases {
  /** Makes a network known. */
  add(network: Network): void;
  /**
   * The base that an adapter was trained on, by the SHA-256 of its file. What the adapter says of where it lies is never
   * looked at: adapters come from clients.
   * @throws TransfuseError `unknown-base`
   */
  find(
    adapter: { readonly base: { readonly name: string; readonly sha256: string } } & ImageForm,
  ): Promise<Base>;
}

export function createBases(): Bases {
  const networks = new Map<string, Network>();
  const layersOf = new Map<Network, readonly AffineLayer[]>();
  let builtin: Promise<Network> | undefined;

  async function networkOf(sha256: string): Promise<Network | undefined> {
    const known = networks.get(sha256);
    if (known) return known;
    const network = await (builtin ??= loadModel('builtin').then((base) => base.network));
    return network.sha256 === sha256 ? network : undefined;
  }

  return {
    add(network) {
      networks.set(network.sha256, network);
    },
    async find({ base, ...form }) {
      const network = await networkOf(base.sha256);
      if (!network) {
        throw new TransfuseError(
          'unknown-base',
          `the adapter stands on a base with sha256 ${base.sha256.slice(0, 12)}…, which is not loaded; the server takes it with --base`,
        );
      }
      const layers = layersOf.get(network) ?? affineLayers(network, form);
      layersOf.set(network, layers);
      return { network, layers };
    },
  };
}
