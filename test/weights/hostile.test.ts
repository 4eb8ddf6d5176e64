/** Damaged and hostile files: whatever they are, one error that people can read, soon, and without much memory. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { recogniseArchitecture } from '../../src/models/from-weights/index.js';
import { openWeights } from '../../src/weights/open.js';
import { unpickle } from '../../src/weights/pickle.js';
import { contents, GOLDEN, golden } from './golden.js';

const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file and reads all weights of it. */
async function read(name: string, bytes: Uint8Array | string) {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return contents(file);
}

async function refusal(name: string, bytes: Uint8Array | string): Promise<string> {
  const error = await read(name, bytes).then(
    () => undefined,
    (error) => error,
  );
  expect(error).toBeInstanceOf(TransfuseError);
  return (error as Error).message;
}

/** A legacy file of PyTorch whose state is the given opcodes. */
function legacy(state: Buffer): Buffer {
  const start = readFileSync(golden('legacy.pth'));
  // magic number, protocol and machine: three pickles, each ended by a full stop after what is always the same
  let at = 0;
  for (let pickles = 0; pickles < 3; pickles++) {
    const { end } = unpickle(start.subarray(at), { allowed: {}, persistent: () => null, source: 'legacy' });
    at += end;
  }
  const noStorages = Buffer.from('\x80\x02].', 'latin1');
  return Buffer.concat([start.subarray(0, at), Buffer.from([0x80, 2]), state, Buffer.from('.'), noStorages]);
}

const pickled = (opcodes: Buffer) =>
  unpickle(opcodes, { allowed: {}, persistent: () => null, source: 'x.pth' }).value;

describe('pickles', () => {
  test.each([
    ['os.system', 'cos\nsystem\n'],
    ['builtins.eval', 'cbuiltins\neval\n'],
    ['builtins.getattr', 'cbuiltins\ngetattr\n'],
    ['torch.hub.load', 'ctorch.hub\nload\n'],
    ['__main__.Model', 'c__main__\nModel\n'],
    ['torch.__proto__', 'ctorch\n__proto__\n'],
    ['constructor.constructor', 'cconstructor\nconstructor\n'],
  ])('%s is named and not run', async (name, opcodes) => {
    const said = await refusal('evil.pth', legacy(Buffer.from(opcodes)));
    expect(said).toContain(`asks for ${name}, which is not among what weights need, and was not run`);
  });

  test('a name put together from the stack is looked up too', () => {
    const opcodes = Buffer.from('\x8c\x02os\x8c\x06system\x93.', 'latin1');
    expect(() => pickled(opcodes)).toThrow(/asks for os\.system/);
  });

  test.each([
    ['truncated text', 'X\xff\xff\xff\x7fabc'],
    ['a text of 2^63 bytes', '\x8d\0\0\0\0\0\0\0\x80.'],
    ['an integer of 2 GB', '\x8b\xff\xff\xff\x7f.'],
    ['an empty stack', '.'],
    ['a mark taken for a value', '(.'],
    ['a list without a mark', 'e.'],
    ['what was never kept', 'h\x07.'],
    ['an opcode of protocol 0', 'I1\n.'],
    ['a call of a number', 'K\x01)R.'],
    ['items set in a number', 'K\x01K\x02K\x03s.'],
    ['nothing', ''],
  ])('%s', (_, opcodes) => {
    expect(() => pickled(Buffer.from(opcodes, 'latin1'))).toThrow(TransfuseError);
  });

  test('nested a million deep', () => {
    const deep = Buffer.concat([Buffer.alloc(1e6, 0x5d), Buffer.alloc(1e6 - 1, 0x61), Buffer.from('.')]);
    expect(pickled(deep)).toBeInstanceOf(Array);
  });

  test('lists of lists that would be 10^15 items if they were copied', () => {
    // ]: new list; q0 keep; then 50 times: a list of the last one twice
    let opcodes = ']q\0';
    for (let i = 0; i < 50; i++) {
      const [last, next] = [String.fromCharCode(i), String.fromCharCode(i + 1)];
      opcodes += `0]q${next}(h${last}h${last}e`;
    }
    expect(pickled(Buffer.from(`${opcodes}.`, 'latin1'))).toHaveLength(2);
  });

  test('random opcodes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          pickled(Buffer.from([...bytes, 0x2e]));
        } catch (error) {
          expect(error).toBeInstanceOf(TransfuseError);
        }
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});

describe('tensors', () => {
  test('a tensor larger than its storage', async () => {
    // _rebuild_tensor_v2(storage of 4 floats, 0, (10^9, 10^9), (0, 0))
    const size = '\x8a\x05\0\xca\x9a\x3b\0';
    const tensor = `ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04NtQK\0${size}${size}\x86K\0K\0\x86\x89}tR`;
    const said = await refusal('huge.pth', legacy(Buffer.from(`}X\x01\0\0\0a${tensor}s`, 'latin1')));
    expect(said).toContain('a reaches beyond its storage');
  });

  test('safetensors whose header is longer than the file, or claims more than there is', async () => {
    const header = (json: string, length = json.length) => {
      const bytes = Buffer.alloc(8 + json.length);
      bytes.writeBigUInt64LE(BigInt(length));
      bytes.write(json, 8);
      return bytes;
    };
    const far = '{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}';
    expect(await refusal('a.safetensors', header('{}', 1e15))).toMatch(/header reaches beyond its end/);
    expect(await refusal('b.safetensors', header(far))).toMatch(/truncated: a reaches beyond its end/);
    const wrong = far.replace('F32', 'F8_E5M2');
    expect(await refusal('c.safetensors', header(wrong))).toMatch(
      /a is F8_E5M2; those that are read are F64/,
    );
    const negative = far.replace('1000000000', '-1');
    expect(await refusal('d.safetensors', header(negative))).toMatch(/a has no shape/);
    const prototype = '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    await read('e.safetensors', Buffer.concat([header(prototype), Buffer.alloc(4)]));
  });
});

describe('TensorFlow.js', () => {
  const model = (changes: object) =>
    JSON.stringify({
      ...JSON.parse(readFileSync(golden('tensorflowjs-plain/model.json'), 'utf8')),
      ...changes,
    });
  const weights = [{ name: 'a/kernel', shape: [2], dtype: 'float32' }];

  test.each([
    [
      'weights above its folder',
      { weightsManifest: [{ paths: ['../../etc/passwd'], weights }] },
      /outside its folder/,
    ],
    [
      'weights at an absolute path',
      { weightsManifest: [{ paths: ['/etc/passwd'], weights }] },
      /outside its folder/,
    ],
    [
      'weights that are not there',
      { weightsManifest: [{ paths: ['x.bin'], weights }] },
      /x\.bin with its weights is missing/,
    ],
    ['a graph model', { format: 'graph-model' }, /graph model, whose layers have been fused/],
    ['no manifest', { weightsManifest: undefined }, /weightsManifest is wrong/],
    [
      'a shape of words',
      { weightsManifest: [{ paths: [], weights: [{ ...weights[0], shape: ['x'] }] }] },
      /weightsManifest\[0\]\[weights\]\[0\]\[shape\]\[0\] is wrong/,
    ],
    ['too little', { weightsManifest: [{ paths: [], weights }] }, /a\/kernel reaches beyond their end/],
  ])('%s', async (_, changes, message) => {
    expect(await refusal('model.json', model(changes))).toMatch(message);
  });
});

describe('files that hold something else', () => {
  test('an HDF5 file with the wrong keys', async () => {
    const bytes = Buffer.from(readFileSync(golden('tf_keras-weights-only.h5')));
    // The same file, but its list of layers has another name.
    for (let at = bytes.indexOf('layer_names'); at >= 0; at = bytes.indexOf('layer_names'))
      bytes.write('other', at);
    expect(await refusal('keys.h5', bytes)).toMatch(
      /holds no weights of Keras: it has depthwise, .*neither a list layer_names nor groups/,
    );
  });

  test('the weights of a network that is none of ours', async () => {
    const file = (await openWeights(golden('keras.h5')))!;
    expect(() => recogniseArchitecture(file)).toThrow(/none of the architectures that are built here/);
    await file.close();
  });

  test('a zip archive of something else, and an empty file', async () => {
    const archive = readFileSync(golden('keras.keras'));
    const renamed = Buffer.from(
      archive.toString('latin1').replaceAll('model.weights.h5', 'model.pictures.x'),
      'latin1',
    );
    expect(await refusal('other.zip', renamed)).toMatch(
      /holds .*model\.pictures\.x, but neither model\.weights\.h5/,
    );
    expect(await openWeights(golden('weights.json')).catch((error) => error.code)).toBe('no-weights');
    writeFileSync(path.join(folder, 'empty'), '');
    expect(await openWeights(path.join(folder, 'empty'))).toBeUndefined();
    await expect(openWeights(folder)).rejects.toMatchObject({ code: 'model-unreadable' });
    await expect(openWeights(path.join(folder, 'absent'))).rejects.toMatchObject({ code: 'model-not-found' });
  });
});

describe('byte flips and truncation', () => {
  const files = readdirSync(GOLDEN).filter((name) => /\.(h5|keras|pth|safetensors)$/.test(name));
  mkdirSync(path.join(folder, 'flips'));

  test.each(files)('%s', async (name) => {
    const whole = readFileSync(golden(name));
    const random = fc.sample(
      fc.record({
        cut: fc.double({ min: 0, max: 1, noNaN: true }),
        truncate: fc.boolean(),
        flips: fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      { numRuns: 40, seed: 7 },
    );
    for (const { cut, truncate, flips } of random) {
      const damaged = Buffer.from(truncate ? whole.subarray(0, cut * whole.length) : whole);
      if (!truncate) for (const [at, mask] of flips) damaged[at]! ^= mask;
      try {
        await read(`flips/${name}`, damaged);
      } catch (error) {
        // What is not told from ONNX any more is for its reader.
        if (error instanceof TypeError && damaged.subarray(0, 10).compare(whole.subarray(0, 10)) !== 0)
          continue;
        if (!(error instanceof TransfuseError)) throw error;
      }
    }
    const left = readdirSync(tmpdir()).filter(
      (entry) => entry.startsWith('transfuse-') && existsSync(path.join(tmpdir(), entry, 'model.weights.h5')),
    );
    expect(left).toEqual([]);
  });
});
