/** @file What a rule of the blocked layout sees of the node that it replaces. */
import type { Graph, Node, Value } from '../graph.js';
import { BlockedConv, type BlockedConvAttributes } from '../ops/blocked-conv.js';
import { FromBlocked, fromBlocked } from '../ops/from-blocked.js';
import { BLOCKABLE, toBlocked } from '../ops/to-blocked.js';

/** A node to be replaced. */
export class Site {
  constructor(
    readonly graph: Graph,
    readonly node: Node,
    readonly inputs: readonly Value[],
    readonly block: number,
    private readonly uses: ReadonlyMap<Value, number>,
    private readonly fed: ReadonlySet<Value>,
    private readonly entered: Map<Value, Value>,
  ) {}

  /** Whether input `i` is there in the blocked layout. */
  isBlocked(i: number): boolean {
    return behind(this.inputs[i]!) !== undefined;
  }

  /** Whether it can be. */
  isBlockable(i: number): boolean {
    const { dtype, shape } = this.inputs[i]!;
    return (
      dtype === 'float32' && shape.length === 4 && shape[1]! % BLOCKABLE === 0 && shape[1]! >= this.block
    );
  }

  blocked(i: number): Value {
    const value = this.inputs[i]!;
    const known = behind(value) ?? this.entered.get(value);
    if (known) return known;
    const result = toBlocked(this.graph, value, this.block);
    this.entered.set(value, result);
    return result;
  }

  /** Whether nothing but this node needs input `i`. */
  isOnlyUse(i: number): boolean {
    return this.usesOf(this.node.inputs[i]!) === 1;
  }

  /** How often a value of the graph that is rewritten is needed. */
  usesOf(value: Value): number {
    return this.uses.get(value) ?? 0;
  }

  /** Whether input `i` changes from step to step. */
  isFed(i: number): boolean {
    return this.fed.has(this.node.inputs[i]!);
  }

  /** Channels of input `i` come in whole blocks. */
  isWhole(i: number): boolean {
    return this.inputs[i]!.shape[1]! % this.block === 0;
  }

  /** The node's only result, from its blocked form. */
  result(blocked: Value): Value[] {
    return this.results([blocked]);
  }

  results(blocked: readonly Value[]): Value[] {
    return blocked.map((value, i) =>
      fromBlocked(this.graph, value, { channels: this.node.outputs[i]!.shape[1]! }),
    );
  }
}

/** What left the layout to become `value`, if anything did. */
export function behind({ source }: Value): Value | undefined {
  return source.kind === 'node' && source.node.op === FromBlocked && !source.node.attributes.channelsLast
    ? source.node.inputs[0]
    : undefined;
}

/** The convolution that a blocked value comes from. */
export function convolutionOf({ source }: Value): Node<BlockedConvAttributes> | undefined {
  return source.kind === 'node' && source.node.op === BlockedConv ? source.node : undefined;
}

/** Gives a value per output of a node in its blocked form, or undefined to keep the node. */
export type Rule = (site: Site) => Value[] | undefined;
