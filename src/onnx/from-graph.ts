/** @file Our graph → an ONNX model: decides names, what is constant and what is fed, and leaves out dead nodes. */
import { internal } from '../errors.js';
import { type Graph, parameterOf, type Value } from '../graph/graph.js';
import { liveNodes } from '../graph/live.js';
import type { OnnxAttributes, OnnxForm, OnnxName } from '../graph/onnx-form.js';
import type { Tensor, TensorType } from '../graph/tensor.js';
import { elementTypes } from './element-types.js';
import type { OnnxModel, OnnxNode, OnnxValueInfo } from './model.js';

/** The operator set that operators' ONNX forms are written for, and the file format version that goes with it. */
const OPSET = 18;
const IR_VERSION = 8;

export interface FromGraphOptions {
  /** Names of parameters that are fed at run time, each as a graph input of its name; all others are constants. */
  readonly fed?: ReadonlySet<string>;
  /** Values that replace those of parameters written as constants, by name. */
  readonly weights?: ReadonlyMap<string, Tensor>;
  /** Names of inputs that are no inputs of the model, but tensors in files of these names beside it. */
  readonly external?: ReadonlySet<string>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes the part of a graph that its outputs need. Inputs and outputs keep their names. */
export function onnxFromGraph(graph: Graph, options: FromGraphOptions = {}): OnnxModel {
  const { fed = new Set(), weights = new Map(), external = new Set(), metadata = {} } = options;
  const form = new FormWriter(graph, fed, weights);
  for (const node of liveNodes(graph)) node.op.emit(node, form);
  form.nameOutputs();

  const fedParameters = [...graph.parameters].filter(([name]) => fed.has(name));
  const taken = [...graph.inputs, ...fedParameters].filter(([, value]) => form.isUsed(value));
  const describe = ([name, { dtype, shape }]: [string, TensorType]): OnnxValueInfo => ({
    name,
    elementType: elementTypes[dtype],
    shape,
  });
  return {
    irVersion: IR_VERSION,
    producer: 'transfuse',
    opsets: new Map([['', OPSET], ...otherDomains(form.nodes).map((domain) => [domain, 1] as const)]),
    graph: {
      name: 'transfuse',
      nodes: form.nodes,
      initializers: form.initializers,
      external: new Map(taken.filter(([name]) => external.has(name))),
      inputs: taken.filter(([name]) => !external.has(name)).map(describe),
      outputs: [...graph.outputs].map(describe),
    },
    metadata,
  };
}

function otherDomains(nodes: readonly OnnxNode[]): string[] {
  return [...new Set(nodes.map(({ domain }) => domain))].filter((domain) => domain !== '');
}

class FormWriter implements OnnxForm {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<OnnxName, Tensor>();
  private readonly names = new Map<Value, OnnxName>();
  private readonly sharedConstants = new Map<string, OnnxName>();
  private readonly outputNames = new Map<Value, OnnxName>();
  /** Names that the graph itself uses, which may be anything. */
  private readonly taken: ReadonlySet<OnnxName>;
  private count = 0;

  constructor(
    private readonly graph: Graph,
    private readonly fed: ReadonlySet<string>,
    private readonly weights: ReadonlyMap<string, Tensor>,
  ) {
    for (const [name, value] of graph.outputs) {
      if (value.source.kind === 'node' && !this.outputNames.has(value)) this.outputNames.set(value, name);
    }
    this.taken = new Set([...graph.inputs.keys(), ...graph.parameters.keys(), ...graph.outputs.keys()]);
    // `name` is handed to operators as a bare function: inputs.map(form.name).
    this.name = this.name.bind(this);
  }

  name(value: Value): OnnxName {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const name = this.firstName(value);
    this.names.set(value, name);
    return name;
  }

  constant(tensor: Tensor): OnnxName {
    const key = `${tensor.dtype}[${tensor.shape}]${tensor.data.join()}`;
    let name = this.sharedConstants.get(key);
    if (name === undefined) {
      name = this.fresh('constant');
      this.initializers.set(name, tensor);
      this.sharedConstants.set(key, name);
    }
    return name;
  }

  node(opType: string, inputs: readonly OnnxName[], attributes: OnnxAttributes = {}, domain = ''): OnnxName {
    const output = this.fresh(opType);
    this.push(opType, inputs, [output], attributes, domain);
    return output;
  }

  result(
    outputs: readonly Value[],
    opType: string,
    inputs: readonly OnnxName[],
    attributes: OnnxAttributes = {},
    domain = '',
  ): void {
    const names = outputs.map((output) => this.outputNames.get(output) ?? this.fresh(opType));
    outputs.forEach((output, i) => {
      this.names.set(output, names[i]!);
    });
    this.push(opType, inputs, names, attributes, domain);
  }

  isUsed(value: Value): boolean {
    return this.names.has(value);
  }

  /** Copies those outputs whose value goes by another name: inputs handed through, and values output twice. */
  nameOutputs(): void {
    for (const [name, value] of this.graph.outputs) {
      if (this.outputNames.get(value) !== name) this.push('Identity', [this.name(value)], [name], {}, '');
    }
  }

  private firstName(value: Value): OnnxName {
    const parameter = parameterOf(value);
    if (parameter) {
      const { name, tensor } = parameter;
      if (!this.fed.has(name)) this.initializers.set(name, this.weights.get(name) ?? tensor);
      return name;
    }
    const { source } = value;
    if (source.kind === 'input') return source.name;
    if (source.kind !== 'constant') throw internal(`value ${value.id} is used before it is computed`);
    const name = this.fresh('constant');
    this.initializers.set(name, source.tensor);
    return name;
  }

  private push(
    opType: string,
    inputs: readonly OnnxName[],
    outputs: readonly OnnxName[],
    attributes: OnnxAttributes,
    domain: string,
  ): void {
    this.nodes.push({ name: `${opType}:${outputs[0]}`, opType, domain, inputs, outputs, attributes });
  }

  private fresh(kind: string): OnnxName {
    const name = `${kind}_${this.count++}`;
    return this.taken.has(name) ? this.fresh(kind) : name;
  }
}
