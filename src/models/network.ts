/** @file What a network is, for everything above this room; see graph/network.ts. */
export type {
  BatchStatistics,
  BuildOptions,
  BuiltNetwork,
  Network,
  ParameterInfo,
  Statistics,
} from '../graph/network.js';
