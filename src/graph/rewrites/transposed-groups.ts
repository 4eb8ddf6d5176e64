/** @file Transposed convolutions whose groups have one channel become convolutions of what is spread out. */
import type { Graph, Value } from '../graph.js';
import { turnedConv } from '../ops/conv-input-gradient.js';
import { ConvTranspose } from '../ops/conv-transpose.js';
import { rewrite } from '../rewrite.js';

/** ONNX Runtime's WebGPU (up to 1.30 at least) is wrong where such a group takes more than one channel in. */
export function transposedGroups(original: Graph): Graph {
  return rewrite(original, (graph, { op, attributes }, inputs) => {
    const [x, kernel] = inputs as [Value, Value];
    if (op !== ConvTranspose || attributes.groups === 1 || kernel.shape[1] !== 1) return undefined;
    return [turnedConv(graph, x, kernel, attributes, attributes.size)];
  });
}
