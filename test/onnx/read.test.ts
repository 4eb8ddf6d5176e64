/** @file Reading files: element types, external data, and everything that is not a sound ONNX file. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { PbfWriter } from 'pbf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { float32, int64 } from '../../src/graph/tensor.js';
import { decodeOnnx } from '../../src/onnx/decode.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import { fieldsOf } from '../../src/onnx/protobuf.js';
import { readOnnx } from '../../src/onnx/read.js';
import { bfloat16ToFloat, halfToFloat } from '../../src/onnx/tensor-data.js';
import { node, weight } from './model-builder.js';
import { asFile } from './reference.js';
import { dense, smallModel } from './small-models.js';

const model = smallModel(
  [
    node('GlobalAveragePool', 'map', 'pool'),
    node('Reshape', 'pool shape', 'features'),
    node('Gemm', 'features fc.kernel fc.bias', 'logits'),
  ],
  ['logits'],
  { weights: { shape: int64([0, -1]), ...dense('fc', 8, 3) } },
);
const bytes = encodeOnnx(model);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'onnx-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, contents: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, contents);
  return file;
}

/** The error that reading the file ends in: one line, for people. */
async function errorOf(file: string | Uint8Array): Promise<TransfuseError> {
  const error = await readOnnx(file).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransfuseError);
  expect((error as TransfuseError).message).not.toContain('\n');
  return error as TransfuseError;
}

test('what was written is read back, with the name and hash of the file', async () => {
  const { name, sha256, ...read } = await readOnnx(write('small.onnx', bytes));
  expect(name).toBe('small');
  expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(read).toEqual(model);
});

describe('element types', () => {
  /** A TensorProto of four elements, written by `values`. */
  const tensorOf = (elementType: number, values: (pbf: PbfWriter) => void) => {
    const pbf = new PbfWriter();
    pbf.writePackedVarint(1, [2, 2]);
    pbf.writeVarintField(2, elementType);
    pbf.writeStringField(8, 'weights');
    values(pbf);
    const graph = new PbfWriter();
    graph.writeBytesField(1, new PbfWriter().finish());
    graph.writeBytesField(5, pbf.finish());
    const whole = new PbfWriter();
    whole.writeVarintField(1, 8);
    whole.writeBytesField(7, graph.finish());
    return decodeOnnx(whole.finish()).graph.initializers.get('weights')!;
  };
  const raw = (array: { buffer: ArrayBufferLike }) => (pbf: PbfWriter) =>
    pbf.writeBytesField(9, new Uint8Array(array.buffer));
  const numbers = [1, 0, 2, 100];

  test.each([
    ['float32, raw', 1, 'float32', raw(Float32Array.from(numbers))],
    ['float32, packed', 1, 'float32', (pbf: PbfWriter) => pbf.writePackedFloat(4, numbers)],
    [
      'float32, one by one',
      1,
      'float32',
      (pbf: PbfWriter) => {
        for (const x of numbers) pbf.writeFloatField(4, x);
      },
    ],
    ['uint8, raw', 2, 'uint8', raw(Uint8Array.from(numbers))],
    ['int8, raw', 3, 'int32', raw(Int8Array.from(numbers))],
    ['uint16, raw', 4, 'int32', raw(Uint16Array.from(numbers))],
    ['int16, packed', 5, 'int32', (pbf: PbfWriter) => pbf.writePackedVarint(5, numbers)],
    ['int32, raw', 6, 'int32', raw(Int32Array.from(numbers))],
    ['int64, raw', 7, 'int64', raw(BigInt64Array.from(numbers, BigInt))],
    ['int64, packed', 7, 'int64', (pbf: PbfWriter) => pbf.writePackedVarint(7, numbers)],
    ['float16, raw', 10, 'float32', raw(Uint16Array.from([0x3c00, 0, 0x4000, 0x5640]))],
    [
      'float16, packed',
      10,
      'float32',
      (pbf: PbfWriter) => pbf.writePackedVarint(5, [0x3c00, 0, 0x4000, 0x5640]),
    ],
    ['float64, raw', 11, 'float32', raw(Float64Array.from(numbers))],
    ['float64, packed', 11, 'float32', (pbf: PbfWriter) => pbf.writePackedDouble(10, numbers)],
    ['uint32, raw', 12, 'int64', raw(Uint32Array.from(numbers))],
    ['uint64, packed', 13, 'int64', (pbf: PbfWriter) => pbf.writePackedVarint(11, numbers)],
    ['bfloat16, raw', 16, 'float32', raw(Uint16Array.from([0x3f80, 0, 0x4000, 0x42c8]))],
  ])('%s', (_, elementType, dtype, values) => {
    const tensor = tensorOf(elementType, values);
    expect(tensor).toMatchObject({ dtype, shape: [2, 2] });
    expect([...tensor.data].map(Number)).toEqual(numbers);
  });

  test('bool', () => {
    expect(tensorOf(9, raw(Uint8Array.from([1, 0, 2, 1])))).toMatchObject({
      dtype: 'bool',
      data: Uint8Array.from([1, 0, 1, 1]),
    });
  });

  test('negative and enormous integers', () => {
    const largest = Uint8Array.from([...new Array(8).fill(0xff), 0x7f]);
    const { data } = tensorOf(7, (pbf) => {
      pbf.writePackedVarint(7, [-1, -(2 ** 40), 5]);
      pbf.writeBytesField(7, largest);
    });
    expect([...data]).toEqual([-1n, -(2n ** 40n), 5n, 2n ** 63n - 1n]);
  });

  test.each([
    [8, 'string'],
    [17, 'number 17'],
  ])('element type %i is refused by name', (elementType, named) => {
    expect(() => tensorOf(elementType, () => {})).toThrow(
      new RegExp(`tensor weights has element type ${named}`),
    );
  });

  test('half precision: subnormals, extremes and specials', () => {
    const patterns = [0x0001, 0x03ff, 0x0400, 0x7bff, 0xfbff, 0x8000];
    expect(patterns.map(halfToFloat)).toEqual([2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, -65504, -0]);
    expect([0x7c00, 0xfc00, 0x7e00].map(halfToFloat)).toEqual([Infinity, -Infinity, NaN]);
    expect([0xbf80, 0x7f80, 0x0000].map(bfloat16ToFloat)).toEqual([-1, Infinity, 0]);
  });
});

describe('external data', () => {
  /** The small model with its largest kernel moved out, described by `entries`. */
  const withExternal = (entries: Record<string, string>): Uint8Array => {
    const tensor = new PbfWriter();
    tensor.writePackedVarint(1, [8, 3, 3, 3]);
    tensor.writeVarintField(2, 1);
    tensor.writeStringField(8, 'stem.kernel');
    for (const [key, value] of Object.entries(entries)) {
      tensor.writeMessage(
        13,
        (pair: [string, string], pbf) => {
          pbf.writeStringField(1, pair[0]);
          pbf.writeStringField(2, pair[1]);
        },
        [key, value],
      );
    }
    tensor.writeVarintField(14, 1);
    const graph = new PbfWriter();
    graph.writeBytesField(5, tensor.finish());
    const rest = new Map(model.graph.initializers);
    rest.delete('stem.kernel');
    const inner = encodeOnnx({ ...model, graph: { ...model.graph, initializers: rest } });
    return appendToGraph(inner, graph.finish());
  };
  const kernel = model.graph.initializers.get('stem.kernel')!.data as Float32Array;
  const values = new Uint8Array(16 + kernel.byteLength);
  values.set(new Uint8Array(kernel.buffer, kernel.byteOffset, kernel.byteLength), 16);
  const place = { location: 'weights.bin', offset: '16', length: String(kernel.byteLength) };

  test('is read from beside the model, and part of the hash', async () => {
    write('outside/weights.bin', values);
    const file = write('outside/model.onnx', withExternal(place));
    const { graph, sha256 } = await readOnnx(file);
    expect(graph.initializers.get('stem.kernel')!.data).toEqual(kernel);
    write('outside/weights.bin', values.with(values.length - 1, 1));
    expect((await readOnnx(file)).sha256).not.toBe(sha256);
  });

  test('may be a link, as download caches make them', async () => {
    write('linked/blob', values);
    symlinkSync('blob', path.join(folder, 'linked', 'weights.bin'));
    const { graph } = await readOnnx(write('linked/model.onnx', withExternal(place)));
    expect(graph.initializers.get('stem.kernel')!.data).toEqual(kernel);
  });

  test.each([
    [
      'missing',
      place,
      undefined,
      'external-data-missing',
      /stem.kernel keeps its values in weights.bin, which is not in/,
    ],
    [
      'too short',
      place,
      values.subarray(0, 500),
      'external-data-damaged',
      /weights.bin is truncated: .* the file has 500/,
    ],
    [
      'of another length',
      { ...place, length: '12' },
      values,
      'external-data-damaged',
      /needs 864 bytes, but .* holds 12/,
    ],
    [
      'outside by ..',
      { ...place, location: '../weights.bin' },
      values,
      'external-data-outside',
      /outside the model's folder/,
    ],
    [
      'outside by a detour',
      { ...place, location: 'a/../../weights.bin' },
      values,
      'external-data-outside',
      /outside/,
    ],
    [
      'outside by an absolute path',
      { ...place, location: '/etc/passwd' },
      values,
      'external-data-outside',
      /\/etc\/passwd/,
    ],
    ['nowhere', { offset: '16' }, values, 'damaged-onnx', /does not say where/],
    ['at a negative offset', { ...place, offset: '-4' }, values, 'damaged-onnx', /does not say where/],
  ] as const)('%s', async (title, entries, data, code, message) => {
    const name = title.replaceAll(/\W/g, '-');
    if (data) write(`${name}/weights.bin`, data);
    const error = await errorOf(write(`${name}/model.onnx`, withExternal(entries)));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('cannot be found for a model given as bytes', async () => {
    expect(await errorOf(withExternal(place))).toMatchObject({ code: 'external-data-missing' });
  });
});

describe('other files', () => {
  test.each([
    [
      'a text file',
      'The quick brown fox jumps over the lazy dog.\n'.repeat(20),
      'not-onnx',
      /is not an ONNX file/,
    ],
    ['an empty file', '', 'empty-file', /is empty/],
    [
      'random bytes',
      Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) % 251),
      'not-onnx',
      /is not an ONNX file/,
    ],
    ['zeros', new Uint8Array(4096), 'not-onnx', /is not an ONNX file/],
    ['a PyTorch checkpoint', 'PK\x03\x04archive/data.pkl', 'not-onnx', /PyTorch.*torch\.onnx\.export/],
    ['Keras weights', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 'not-onnx', /HDF5 file: load it in Keras/],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      'not-onnx',
      /git lfs pull/,
    ],
    ['safetensors', Buffer.from('\x40\0\0\0\0\0\0\0{"weight":{}}', 'latin1'), 'not-onnx', /safetensors/],
    ['a web page', '<!DOCTYPE html><html>404</html>', 'not-onnx', /web page: the download went wrong/],
    ['a JPEG', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 'not-onnx', /an image/],
    ['a model without a graph', Uint8Array.from([8, 8, 18, 1, 120]), 'no-graph', /holds no graph/],
    ['a model with an empty graph', Uint8Array.from([8, 8, 58, 0]), 'no-graph', /holds no graph/],
  ])('%s', async (title, contents, code, message) => {
    const error = await errorOf(write(`${title}.onnx`, contents));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('one that is not there, and a folder', async () => {
    expect(await errorOf(path.join(folder, 'absent.onnx'))).toMatchObject({ code: 'model-not-found' });
    expect(await errorOf(folder)).toMatchObject({
      code: 'model-unreadable',
      message: expect.stringMatching(/it is a folder/),
    });
  });
});

describe('damage', () => {
  /** Whatever was done to the bytes: they can be imported, or there is one error for people. */
  const survives = (damaged: Uint8Array): void => {
    try {
      importNetwork(asFile(decodeOnnx(damaged)));
    } catch (error) {
      if (!(error instanceof TransfuseError) || error.message.includes('\n')) throw error;
    }
  };

  test('truncated anywhere', () => {
    for (let length = 0; length < bytes.length; length += 7) {
      const error = (() => {
        try {
          return decodeOnnx(bytes.subarray(0, length));
        } catch (thrown) {
          return thrown as TransfuseError;
        }
      })();
      expect(error, `${length} bytes`).toBeInstanceOf(TransfuseError);
    }
    const half = bytes.subarray(0, bytes.length >> 1);
    expect(() => decodeOnnx(half)).toThrow(new RegExp(`is truncated: it has ${half.length} of at least`));
  });

  test('bytes changed, at random', () => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        survives(damaged);
      }),
      { numRuns: 1500, seed: 1 },
    );
  });

  test('bytes changed outside the weights, where they matter', () => {
    const structure = [...bytes.keys()].filter((at) => at < 500 || at > bytes.length - 200);
    fc.assert(
      fc.property(fc.constantFrom(...structure), fc.nat(255), (at, value) => survives(bytes.with(at, value))),
      { numRuns: 3000, seed: 2 },
    );
  });

  test('parts cut out or repeated, at random', () => {
    const range = fc.tuple(fc.nat(bytes.length), fc.nat(200), fc.boolean());
    fc.assert(
      fc.property(range, ([at, length, repeat]) => {
        const part = bytes.subarray(at, at + length);
        survives(
          Buffer.concat([
            bytes.subarray(0, at),
            ...(repeat ? [part, part] : []),
            bytes.subarray(at + length),
          ]),
        );
      }),
      { numRuns: 1000, seed: 3 },
    );
  });

  test('arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 2000, seed: 4 });
  });

  test('lengths far beyond the file', () => {
    for (const tag of [10, 18, 58, 66, 114]) {
      survives(Uint8Array.from([8, 8, tag, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]));
    }
  });

  test('subgraphs nested without end', () => {
    let graph = new Uint8Array(0);
    for (let depth = 0; depth < 2000; depth++) {
      const attribute = new PbfWriter();
      attribute.writeBytesField(6, graph);
      const outer = new PbfWriter();
      outer.writeBytesField(5, attribute.finish());
      const wrapped = new PbfWriter();
      wrapped.writeBytesField(1, outer.finish());
      graph = wrapped.finish().slice();
    }
    const whole = new PbfWriter();
    whole.writeVarintField(1, 8);
    whole.writeBytesField(7, graph);
    expect(() => decodeOnnx(whole.finish())).toThrow(/nested more than 16 deep/);
  });

  test('nodes that go round in circles', () => {
    const loops = [
      [node('Relu', 'y', 'y')],
      [node('Add', 'map z', 'y'), node('Relu', 'y', 'z'), node('Identity', 'z', 'y')],
      [node('Dropout', 'map', 'map'), node('GlobalAveragePool', 'map', 'y')],
    ];
    for (const nodes of loops) survives(encodeOnnx(smallModel(nodes, ['y'])));
  });

  test('shapes that ask for more memory than there is', () => {
    const huge = smallModel(
      [node('ConstantOfShape', 'shape', 'big'), node('Add', 'map big', 'sum')],
      ['sum'],
      {
        weights: { shape: int64([1e6, 1e6]) },
      },
    );
    expect(() => importNetwork(asFile(huge))).toThrow(/a tensor of 1000000000000 elements is more than/);
  });

  test('weights that are not finite, by name', () => {
    const weights = { 'stem.bn.variance': float32([1, 1, 1, Number.NaN, 1, 1, 1, 1]) };
    expect(() => importNetwork(asFile(smallModel([], ['map'], { weights })))).toThrow(
      /weight stem.bn.variance holds NaN at position 3/,
    );
    const infinite = weight([8, 3, 3, 3], 1, Infinity, Infinity);
    expect(() =>
      importNetwork(asFile(smallModel([], ['map'], { weights: { 'stem.kernel': infinite } }))),
    ).toThrow(/weight stem.kernel holds (NaN|Infinity)/);
  });
});

/** Inserts bytes at the end of the graph field of an encoded model. */
function appendToGraph(encoded: Uint8Array, addition: Uint8Array): Uint8Array {
  const whole = new PbfWriter();
  whole.writeVarintField(1, 8);
  whole.writeMessage(8, (version: number, pbf) => pbf.writeVarintField(2, version), 13);
  const graph = graphOf(encoded);
  whole.writeBytesField(7, Buffer.concat([graph, addition]));
  return whole.finish().slice();
}

function graphOf(encoded: Uint8Array): Uint8Array {
  const field = [...fieldsOf(encoded)].find(({ number }) => number === 7);
  return field!.bytes();
}
