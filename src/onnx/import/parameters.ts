/** @file The weights of an imported network: their names, roles and layers. */
import { TransfuseError } from '../../errors.js';
import type { ParameterInfo } from '../../graph/network.js';
import type { Role } from '../../graph/role.js';
import type { Tensor } from '../../graph/tensor.js';
import type { OnnxNode } from '../model.js';

export interface Claim {
  /** Equal for every use of one and the same weight. */
  readonly key: string;
  /** Names to try, best first. */
  readonly names: readonly string[];
  readonly role: Role;
  readonly tensor: Tensor;
  readonly layer: string;
}

/** Collects weights in the order of their first use; a weight used again is the same parameter. */
export class ParameterTable {
  private readonly byKey = new Map<string, ParameterInfo>();
  private readonly names = new Set<string>();

  get all(): ParameterInfo[] {
    return [...this.byKey.values()];
  }

  /** @throws TransfuseError `bad-weights` where a value is not finite */
  claim({ key, names, role, tensor, layer }: Claim): ParameterInfo {
    const known = this.byKey.get(key);
    if (known) return known;
    const name = this.freeName(names);
    checkFinite(name, tensor);
    const info = { name, role, shape: tensor.shape, tensor, layer };
    this.names.add(name);
    this.byKey.set(key, info);
    return info;
  }

  private freeName(names: readonly string[]): string {
    const free = names.find((name) => name && !this.names.has(name));
    if (free) return free;
    const last = names.at(-1)!;
    for (let i = 2; ; i++) {
      if (!this.names.has(`${last}_${i}`)) return `${last}_${i}`;
    }
  }
}

function checkFinite(name: string, { data }: Tensor): void {
  if (!(data instanceof Float32Array)) return;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new TransfuseError(
      'bad-weights',
      `weight ${name} holds ${data[i]} at position ${i}; every weight must be a finite number`,
    );
  }
}

/** `conv1.weight` and `conv1/kernel:0` as of PyTorch and Keras, `conv1_weight` as of MXNet. */
const weightSuffix =
  /([./](weight|kernel|bias|scale|slope|alpha|gamma|beta|[wWbB]|ReadVariableOp(_\d+)?)|_(weight|kernel|bias))(:\d+)?$/;

/** `…/conv1/Conv2D` and `/conv1/Conv`: what exporters add to the name of a layer for the node that computes it. */
const nodeSuffix =
  /\/(Conv|Conv2D|convolution|depthwise|FusedBatchNormV3|BatchNormalization|Gemm|MatMul|PRelu|Mul|Add|Sub|Div)(_\d+)?$/;

/** The layer of a kernel or bias: its name without the last part where that says what it is, else its node. */
export function layerOfWeight(weight: string | undefined, node: OnnxNode): string {
  const match = weight && weightSuffix.exec(weight);
  return match ? weight.slice(0, match.index).replace(nodeSuffix, '') : layerOfNode(node);
}

/** The layer that a node computes, as far as its name tells. */
function layerOfNode(node: OnnxNode): string {
  return titleOf(node).replace(nodeSuffix, '').replace(/^\//, '');
}

/** What a node is called: its name, or that of its result where it has none. */
export function titleOf({ name, outputs }: OnnxNode): string {
  return name || outputs[0] || 'unnamed';
}

/**
 * The layer of a batch norm: what the names of its weights begin with. Exporters may share one tensor of ones or
 * zeros among many layers, so that only some of the names tell.
 */
export function layerOfBatchNorm(ownWeights: readonly string[], node: OnnxNode): string {
  if (ownWeights.length < 2) return layerOfNode(node);
  const [first, ...others] = ownWeights as [string, ...string[]];
  let length = 0;
  while (length < first.length && others.every((name) => name[length] === first[length])) length++;
  const layer = first
    .slice(0, length)
    .replace(/[^./_:]*$/, '')
    .replace(/[./_:]+$/, '');
  return layer || layerOfNode(node);
}
