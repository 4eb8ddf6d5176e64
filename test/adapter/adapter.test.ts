import { expect, test } from 'vitest';
import { type Adapter, decodeAdapter, encodeAdapter } from '../../src/adapter/adapter.js';
import { applyAdapter } from '../../src/adapter/apply.js';
import { float32 } from '../../src/graph/tensor.js';
import { HEAD_BIAS, HEAD_KERNEL } from '../../src/models/head.js';
import { encodeSafetensors } from '../../src/weights/safetensors.js';
import { smallNetwork } from '../small-network.js';
import { smallAdapter, smallClassifier } from './small-classifier.js';

const classifier = smallClassifier();
const adapter = smallAdapter(classifier);

/** The adapter with some of its weights replaced or, where undefined, left out. */
function withWeights(changes: Record<string, Float32Array | undefined>): Adapter {
  const weights = new Map(adapter.weights);
  for (const [name, data] of Object.entries(changes)) {
    if (data) weights.set(name, float32(data));
    else weights.delete(name);
  }
  return { ...adapter, weights };
}

/** The bytes of an adapter whose description has been tampered with. */
function tampered(change: (facts: Record<string, never>) => unknown): Uint8Array {
  const { weights, ...facts } = adapter;
  const metadata = {
    format: 'transfuse-adapter-1',
    adapter: JSON.stringify(change(structuredClone(facts) as never)),
  };
  return encodeSafetensors({ tensors: weights, metadata });
}

test('an adapter survives being written and read', () => {
  const bytes = encodeAdapter(adapter);
  expect(decodeAdapter(bytes, 'a.safetensors')).toEqual({
    ...adapter,
    weights: new Map([...adapter.weights].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
});

test('equal adapters give equal bytes, whatever the order of their weights', () => {
  const reversed = { ...adapter, weights: new Map([...adapter.weights].reverse()) };
  expect(encodeAdapter(reversed)).toEqual(encodeAdapter(adapter));
  expect(encodeAdapter(decodeAdapter(encodeAdapter(adapter), 'a'))).toEqual(encodeAdapter(adapter));
});

test('applying it gives the classifier that was trained', () => {
  const applied = applyAdapter(classifier.network, adapter);
  expect(applied.classifier).toEqual(classifier);
  expect(applied.weights).toBe(adapter.weights);
});

test('kernels trained beside batch norm are kept and applied', () => {
  const kernel = classifier.network.parameters.find(({ role }) => role === 'kernel')!;
  const moved = float32(
    (kernel.tensor.data as Float32Array).map((x) => x + 1),
    kernel.shape,
  );
  const full = { ...adapter, weights: new Map([...adapter.weights, [kernel.name, moved]]) };
  const read = decodeAdapter(encodeAdapter(full), 'a');
  expect(applyAdapter(classifier.network, read).weights.get(kernel.name)).toEqual(moved);
});

test('another base is refused by its hash', () => {
  expect(() => applyAdapter(smallNetwork(2), adapter)).toThrow(
    /was trained on base small \(sha256 [0-9a-f]{12}…\), but small has sha256 [0-9a-f]{12}…/,
  );
});

test.each([
  [
    'a parameter the base lacks',
    { 'no.such.bn.scale': new Float32Array(8) },
    'no parameter no.such.bn.scale',
  ],
  [
    'a shape that is not the base’s',
    { 'stem.bn.scale': new Float32Array(9) },
    'stem.bn.scale is [9], where the network has [8]',
  ],
  ['batch norm left out', { 'stem.bn.mean': undefined }, 'it lacks stem.bn.mean'],
])('%s is refused', (_, changes, message) => {
  expect(() => applyAdapter(classifier.network, withWeights(changes))).toThrow(message);
});

test('a head for another number of features is refused', () => {
  const weights = new Map([...adapter.weights, [HEAD_KERNEL, float32(new Float32Array(5), [5, 1])]]);
  expect(() => applyAdapter(classifier.network, { ...adapter, weights })).toThrow(
    `${HEAD_KERNEL} is [5,1], where the network of 8 features needs [8,1]`,
  );
});

test.each([
  [
    'bytes of something else',
    Uint8Array.from(Buffer.from('GIF89a is not a tensor')),
    /not a valid safetensors file/,
  ],
  ['a file cut short', encodeAdapter(adapter).slice(0, -40), /truncated/],
  [
    'safetensors without our metadata',
    encodeSafetensors({ tensors: adapter.weights, metadata: {} }),
    /x is a safetensors file, but not an adapter; give the adapter.safetensors of a run/,
  ],
  [
    'a later format',
    encodeSafetensors({
      tensors: adapter.weights,
      metadata: { format: 'transfuse-adapter-2', adapter: '{}' },
    }),
    /x is an adapter of format 2; this version of Transfuse reads format 1/,
  ],
  [
    'a description that is not JSON',
    encodeSafetensors({
      tensors: adapter.weights,
      metadata: { format: 'transfuse-adapter-1', adapter: '{' },
    }),
    /not JSON/,
  ],
  ['a task there is not', tampered((facts) => ({ ...facts, task: 'regression' })), /damaged adapter: task: /],
  [
    'three classes of a binary task',
    tampered((facts) => ({ ...facts, classes: ['a', 'b', 'c'] })),
    /classes: must be two/,
  ],
  [
    'too many thresholds',
    tampered((facts) => ({ ...facts, thresholds: [0.5, 0.5] })),
    /thresholds: must be one per/,
  ],
  ['a height of zero', tampered((facts) => ({ ...facts, height: 0 })), /height: /],
  [
    'a standard deviation of zero',
    tampered((facts) => ({ ...facts, preprocessing: { mean: [0, 0, 0], std: [1, 0, 1] } })),
    /preprocessing.std: must be positive/,
  ],
  ['a missing head', encodeAdapter(withWeights({ [HEAD_BIAS]: undefined })), /it lacks transfuse.head.bias/],
  [
    'a head of two outputs',
    encodeAdapter(withWeights({ [HEAD_BIAS]: new Float32Array(2) })),
    /is \[2\], but must be \[1\]/,
  ],
  [
    'a NaN',
    encodeAdapter(withWeights({ 'stem.bn.scale': Float32Array.of(1, Number.NaN) })),
    /stem.bn.scale holds NaN at position 1/,
  ],
])('reading refuses %s', (_, bytes, message) => {
  expect(() => decodeAdapter(bytes, 'x')).toThrow(message);
});
