/** @file Wrong options, models, runs and disks: each is refused in one line, and what was there stays as it was. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { float32 } from '../../src/graph/tensor.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { readConfigFile } from '../../src/runs/config-file.js';
import { evaluate } from '../../src/runs/evaluate.js';
import { exportModel } from '../../src/runs/export.js';
import { parseTrainOptions, type TrainOptionsInput } from '../../src/runs/options.js';
import { predict } from '../../src/runs/predict.js';
import { type TrainHooks, train } from '../../src/runs/train.js';
import { batchNorm, batchNormWeights, node, onnxModel, weight } from '../onnx/model-builder.js';
import { contents, folderForTests, refusal, smallOnnx, writeImages } from './example-run.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const emptyFolder = (): string => mkdtempSync(at('case-'));

const quick: TrainOptionsInput = { model: at('small.onnx'), size: 24, batch: 8, epochs: 1, method: 'fc' };
const done = at('done');
/** Stopped after its first epoch. */
const stopped = at('stopped');

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  writeFileSync(at('other.onnx'), smallOnnx(2));
  await writeImages(at('pets'), { each: 10 });
  await writeImages(at('birds'), { classes: ['cat', 'dog', 'owl'], each: 8 });
  await train(at('pets'), { ...quick, out: done });
  const stop = new AbortController();
  const hooks: TrainHooks = { signal: stop.signal, onEpoch: () => stop.abort() };
  await train(at('pets'), { ...quick, epochs: 3, out: stopped }, hooks);
});

describe('options', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['lr', 0, /^--lr is 0; it must be a number above 0$/],
    ['lr', '-1', /^--lr is -1; it must be a number above 0$/],
    ['lr', 'fast', /^--lr is fast; it must be a number above 0$/],
    ['lr', '', /^--lr is empty; it must be a number above 0$/],
    ['lr', null, /^--lr is null; it must be a number above 0$/],
    ['lr', 'Infinity', /^--lr is Infinity; /],
    ['batch', 0, /^--batch is 0; it must be a whole number from 1$/],
    ['batch', 1.5, /^--batch is 1\.5; it must be a whole number from 1$/],
    ['epochs', '0', /^--epochs is 0; it must be a whole number from 1$/],
    ['patience', 0, /^--patience is 0; /],
    ['val', 1.5, /^--val is 1\.5; it must be a fraction between 0 and 1$/],
    ['val', 0, /^--val is 0; it must be a fraction between 0 and 1$/],
    ['test', 1, /^--test is 1; it must be a fraction from 0 to below 1$/],
    ['dropout', 1, /^--dropout is 1; it must be a fraction from 0 to below 1$/],
    ['seed', -1, /^--seed is -1; it must be a whole number from 0 to 2147483647$/],
    ['threads', -1, /^--threads is -1; it must be a whole number from 0 to 1024$/],
    ['checkpoint-every', 'often', /^--checkpoint-every is often; it must be a number of seconds$/],
    [
      'max-unreadable',
      2.5,
      /^--max-unreadable is 2\.5; it must be a whole number of files, or a fraction below 1$/,
    ],
    ['size', 0, /^--size is 0; it must be a number of pixels, or HEIGHTxWIDTH/],
    ['size', 'large', /^--size is large; /],
    ['size', '100x', /^--size is 100x; /],
    ['size', '1000000', /^--size is 1000000; .* at most 8192 each$/],
    ['grow-size', '96', /^--grow-size is 96; it must be sizes and epochs such as 96:3 or 96:3,112x120:2$/],
    ['grow-size', '96:0', /^--grow-size is 96:0; /],
    ['skip-easy', 0, /^--skip-easy is 0; it must be a number above 0$/],
    ['grow-size', '96:1,', /^--grow-size is 96:1,; /],
    [
      'method',
      'magic',
      /^--method is magic; it must be one of fc, fc-then-full, fc-then-bn, .*, or phases spelled out/,
    ],
    ['method', 'head@0', /^--method is head@0; /],
    ['optimiser', 'lion', /^--optimiser is lion; it must be one of adam, sgd, adamw$/],
    ['schedule', 'step', /^--schedule is step; it must be one of constant, plateau, cosine, one-cycle$/],
    ['preprocess', 'caffe', /^--preprocess is caffe; it must be one of imagenet, /],
    ['augment', 'yes', /^--augment is yes; it must be true or false$/],
    ['model', 3, /^--model is 3; it must be text$/],
    ['group-by', '', /^--group-by is empty; it must not be empty$/],
    ['epoch', 3, /^--epoch is not an option; those are model, architecture, method, .*size, /],
  ];

  test('images that would shrink instead of growing', async () => {
    const out = path.join(emptyFolder(), 'run');
    const growing = train(at('pets'), { ...quick, out, 'grow-size': '16x32:1' });
    expect((await refusal(growing)).message).toMatch(
      /^--grow-size has 16×32, which is larger than --size, 24×24; /,
    );
    expect(existsSync(out)).toBe(false);
  });

  test.each(wrong)('%s: %j', async (name, value, message) => {
    const error = await refusal(train(at('pets'), { ...quick, [name]: value, out: at('never') }));
    expect(error.message).toMatch(message);
    expect(existsSync(at('never'))).toBe(false);
  });

  test('no data', async () => {
    expect((await refusal(train(undefined, quick))).message).toMatch(/^which images\? Give a folder/);
  });
});

describe('config files', () => {
  const files: [string, string, RegExp][] = [
    ['a misspelt key', 'epoch: 3', /^.*config: epoch is not an option; those are model, /],
    ['a value out of range', 'lr: -3', /^.*config: lr is -3; it must be a number above 0$/],
    ['no YAML', 'a: b: c', /config is not YAML: Nested mappings are not allowed.* at line 1, column 4$/],
    ['one key twice', 'lr: 1\nlr: 2', /config is not YAML: Map keys must be unique at line 2, column 1$/],
    ['a list', '- lr', /must hold options and their values, such as/],
    ['text', 'just text', /must hold options and their values, such as/],
    ['nothing', '', /must hold options and their values, such as/],
    ['bytes', '\0\x01\x02', /config (is not YAML|must hold options)/],
    ['data that are no path', 'data: [a, b]', /config: data is \["a","b"\]; it must be a path$/],
  ];

  test.each(files)('with %s', async (_, text, message) => {
    const file = path.join(emptyFolder(), 'config');
    writeFileSync(file, text);
    const read = async () => parseTrainOptions((await readConfigFile(file)).options, `${file}: `);
    expect((await refusal(read())).message).toMatch(message);
  });

  test('that are not there, or a folder', async () => {
    expect((await refusal(readConfigFile(at('none.yaml')))).message).toMatch(
      /^cannot read config .*: there is no such file$/,
    );
    expect((await refusal(readConfigFile(done))).message).toMatch(/^cannot read config .*: it is a folder$/);
  });
});

describe('models', () => {
  const [opset, images] = [17, [1, 3, 32, 32]] as const;
  const conv = node('Conv', 'images kernel', 'conv', { pads: [1, 1, 1, 1] });
  const kernel = weight([8, 3, 3, 3], 1);
  const attention = onnxModel({
    opset,
    inputShape: images,
    outputs: ['y'],
    nodes: [
      node('Conv', 'images patches', 'tokens', { strides: [8, 8] }),
      node('Reshape', 'tokens shape', 'rows'),
      node('LayerNormalization', 'rows scale centre', 'normed'),
      node('MatMul', 'normed rows', 'scores'),
      node('Softmax', 'scores', 'attention'),
      node('MatMul', 'attention normed', 'y'),
    ],
    weights: { patches: weight([16, 3, 8, 8], 1), scale: weight([16], 2), centre: weight([16], 3) },
  });
  const folded = onnxModel({
    opset,
    inputShape: images,
    outputs: ['y'],
    nodes: [node('Conv', 'images kernel bias', 'conv'), node('Relu', 'conv', 'y')],
    weights: { kernel, bias: weight([8], 2) },
  });
  const notFinite = onnxModel({
    opset,
    inputShape: images,
    outputs: ['norm'],
    nodes: [conv, batchNorm('conv', 'norm')],
    weights: {
      kernel,
      ...batchNormWeights('norm', 8),
      'norm.scale': float32([1, 1, Number.NaN, 1, 1, 1, 1, 1]),
    },
  });
  const grey = onnxModel({
    opset,
    inputShape: [1, 1, 32, 32],
    outputs: ['norm'],
    nodes: [conv, batchNorm('conv', 'norm')],
    weights: { kernel: weight([8, 1, 3, 3], 1), ...batchNormWeights('norm', 8) },
  });
  const noImages = { ...grey, graph: { ...grey.graph, inputs: [] } };
  const large = onnxModel({
    opset,
    inputShape: images,
    outputs: ['norm'],
    nodes: [node('Conv', 'images kernel', 'conv'), batchNorm('conv', 'norm')],
    weights: { kernel: weight([8, 3, 25, 25], 1), ...batchNormWeights('norm', 8) },
  });
  const cases: [string, () => Uint8Array | string, RegExp][] = [
    [
      'a transformer',
      () => encodeOnnx(attention),
      /^this network is a transformer .* take a convolutional network with batch norm$/,
    ],
    [
      'batch norm folded away',
      () => encodeOnnx(folded),
      /^this model has no batch norm left; export it with/,
    ],
    ['weights that are not finite', () => encodeOnnx(notFinite), /norm\.scale.*NaN/],
    ['grey images', () => encodeOnnx(grey), /takes grey images \(1 channel\); it must take RGB images/],
    [
      'no image input',
      () => encodeOnnx(noImages),
      /^the network has no input; it must have one, which takes images$/,
    ],
    ['half a file', () => smallOnnx().subarray(0, 3000), /truncated|damaged|beyond/i],
    ['an empty file', () => new Uint8Array(), /is empty; it should be an ONNX model$/],
    ['text', () => 'the weights are on the other disk', /not an ONNX|not a valid|damaged/i],
    ['weights of PyTorch', () => Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /is not a sound zip archive: /],
    [
      'an image',
      () => readFileSync(at('pets/cat/cat-0.png')),
      /is not an ONNX file but an image: give the network here/,
    ],
    [
      'too small images for it',
      () => encodeOnnx(large),
      /^model does not take images of 24×24: .*; choose another --size$/,
    ],
  ];

  test.each(cases)('%s', async (_, make, message) => {
    const here = emptyFolder();
    const model = path.join(here, 'model.onnx');
    writeFileSync(model, make());
    const error = await refusal(train(at('pets'), { ...quick, model, out: path.join(here, 'run') }));
    expect(error.message).toMatch(message);
    expect(existsSync(path.join(here, 'run'))).toBe(false);
  });

  test('one that is not there, or a folder', async () => {
    const missing = await refusal(train(at('pets'), { ...quick, model: at('none.onnx') }));
    expect(missing.message).toMatch(/none\.onnx is neither a file nor a built-in network; those are /);
    const aFolder = await refusal(train(at('pets'), { ...quick, model: at('pets') }));
    expect(aFolder.message).toMatch(/cannot be read: it is a folder$/);
  });
});

/** A copy of a run folder, to be damaged. */
function copyOf(run: string): string {
  const copy = path.join(emptyFolder(), 'run');
  cpSync(run, copy, { recursive: true });
  return copy;
}

describe('resuming', () => {
  const resume = (out: string, more: TrainOptionsInput = {}, data?: string): Promise<unknown> =>
    train(data, { resume: true, out, ...more });
  const checkpoint = 'checkpoint.safetensors';

  const refused: [string, (run: string) => Promise<unknown>, RegExp][] = [
    ['without saying which run', () => train(at('pets'), { resume: true }), /^--resume needs --out FOLDER/],
    [
      'where there is none, without data',
      () => resume(at('nowhere')),
      /nowhere holds no run: it has no config\.yaml$/,
    ],
    [
      'with another option',
      (run) => resume(run, { lr: 0.1 }),
      /^the run in .* was begun without lr, not 0\.1; leave the option out to go on as before, or choose another --out$/,
    ],
    [
      'with another value',
      (run) => resume(run, { batch: 4, threads: 1 }),
      /^the run in .* was begun with batch 8, not 4; /,
    ],
    [
      'with other data',
      (run) => resume(run, {}, at('birds')),
      /belongs to a run with other images, another model or other options/,
    ],
    [
      'with another model',
      (run) => resume(run, { model: at('other.onnx') }),
      /belongs to a run with other images, another model/,
    ],
    [
      'from half a checkpoint',
      (run) => {
        const file = path.join(run, checkpoint);
        writeFileSync(file, readFileSync(file).subarray(0, 900));
        return resume(run);
      },
      /checkpoint\.safetensors is not a valid safetensors file: .*; delete it, and --resume begins anew$/,
    ],
    [
      'from something else that bears its name',
      (run) => {
        cpSync(path.join(done, 'adapter.safetensors'), path.join(run, checkpoint));
        return resume(run);
      },
      /is not a checkpoint of this version of Transfuse; delete it, and --resume begins anew$/,
    ],
    [
      'from a checkpoint whose state is damaged',
      (run) => {
        const file = path.join(run, checkpoint);
        const text = readFileSync(file, 'latin1').replace('{\\"phase\\"', '}\\"phase\\"');
        writeFileSync(file, text, 'latin1');
        return resume(run);
      },
      /checkpoint\.safetensors is damaged: its state is not JSON; delete it/,
    ],
    [
      'with a damaged record',
      (run) => {
        writeFileSync(path.join(run, 'config.yaml'), '{');
        return resume(run);
      },
      /config\.yaml is not YAML: /,
    ],
    [
      'with a record that says nothing of data',
      (run) => {
        writeFileSync(path.join(run, 'config.yaml'), 'lr: 1');
        return resume(run);
      },
      /config\.yaml: data is missing$/,
    ],
  ];

  test.each(refused)('%s', async (_, attempt, message) => {
    const run = copyOf(stopped);
    expect((await refusal(attempt(run))).message).toMatch(message);
    // Whatever the case itself damaged, the run is as it was otherwise.
    expect(Object.keys(contents(run))).toEqual(Object.keys(contents(stopped)));
    expect(contents(run)['history.jsonl']).toBe(contents(stopped)['history.jsonl']);
  });
});

describe('using a run', () => {
  const adapter = path.join(done, 'adapter.safetensors');
  const image = at('pets/cat/cat-0.png');
  const damaged = (change: (bytes: Buffer) => Buffer): string => {
    const file = path.join(emptyFolder(), 'adapter.safetensors');
    writeFileSync(file, change(readFileSync(adapter)));
    return file;
  };

  const wrong: [string, () => Promise<unknown>, RegExp][] = [
    [
      'that is not there',
      () => predict(at('nowhere'), [image]),
      /nowhere does not exist; it should be a run folder or an adapter file$/,
    ],
    [
      'that is another folder',
      () => predict(at('pets'), [image]),
      /pets holds no run: it has no config\.yaml$/,
    ],
    [
      'that is unfinished',
      () => evaluate(stopped, at('pets')),
      /has no adapter\.safetensors yet; finish it with: transfuse train --resume --out /,
    ],
    [
      'whose adapter is truncated',
      () =>
        predict(
          damaged((b) => b.subarray(0, b.length - 4)),
          [image],
        ),
      /is not a valid safetensors file: it is truncated/,
    ],
    [
      'whose adapter is text',
      () =>
        predict(
          damaged(() => Buffer.from('a text of some length')),
          [image],
        ),
      /is not a valid safetensors file: /,
    ],
    [
      'whose adapter is empty',
      () =>
        predict(
          damaged(() => Buffer.alloc(0)),
          [image],
        ),
      /it is shorter than 8 bytes$/,
    ],
    [
      'whose adapter is a checkpoint',
      () => predict(path.join(stopped, 'checkpoint.safetensors'), [image]),
      /is a safetensors file, but not an adapter; /,
    ],
    [
      'on another base',
      () => predict(done, [image], { model: at('other.onnx') }),
      /^this adapter was trained on base small \(sha256 \w{12}…\), but other has sha256 \w{12}…; give the right one with --model$/,
    ],
    [
      'without its base',
      () => predict(adapter, [image]),
      /small\.onnx is neither a file nor a built-in network/,
    ],
    ['on other classes', () => evaluate(done, at('birds')), /has class owl; the classes are: cat, dog$/],
    [
      'on a split that the data lack',
      () => evaluate(done, split('train', 'val')),
      /has no test split, only train, validation; choose with --split$/,
    ],
    [
      'on data that are not there',
      () => evaluate(done, at('nowhere')),
      /^cannot open data .*nowhere: it does not exist$/,
    ],
    [
      'with an unknown split',
      () => evaluate(done, at('pets'), { split: 'practice' as 'test' }),
      /^--split is practice; it must be one of train, validation, test$/,
    ],
    [
      'with no batch',
      () => evaluate(done, at('pets'), { batch: 0 }),
      /^--batch is 0; it must be a whole number from 1$/,
    ],
    [
      'with threads that are no number',
      () => predict(done, [image], { threads: 'all' }),
      /^--threads is all; it must be a whole number from 0 to 1024$/,
    ],
    [
      'into a folder that cannot be made',
      () => evaluate(done, at('pets'), { out: at('small.onnx/x') }),
      /a part of its path is a file, not a folder$/,
    ],
    ['on no images', () => predict(done, [emptyFolder()]), /^there are no images \(\.jpg, \.png, …\) below /],
    [
      'on an image that is not there',
      () => predict(done, [image, at('gone.png')]),
      /^cannot open .*gone\.png: it does not exist$/,
    ],
    [
      'on an image that cannot be read',
      () => predict(done, [at('small.onnx')]),
      /^1 image of 1 cannot be read: cannot read .*small\.onnx: it is of an unknown kind/,
    ],
    [
      'exported to nowhere',
      () => exportModel(done, at('nowhere/model.onnx')),
      /^cannot write .*: its folder does not exist$/,
    ],
    ['exported onto a folder', () => exportModel(done, at('pets')), /^cannot write .*pets: it is a folder$/],
    [
      'exported to a full disk',
      () => exportModel(done, '/dev/full'),
      /^cannot write \/dev\/full: the disk is full$/,
    ],
    [
      'exported with an unknown type',
      () => exportModel(done, at('m.onnx'), { input: 'int4' as 'uint8' }),
      /^--input is int4; it must be one of uint8, float32$/,
    ],
  ];

  function split(...names: string[]): string {
    const root = emptyFolder();
    for (const name of names) cpSync(at('pets'), path.join(root, name), { recursive: true });
    return root;
  }

  test.each(wrong)('%s', async (_, attempt, message) => {
    const before = contents(done);
    expect((await refusal(attempt())).message).toMatch(message);
    expect(contents(done)).toEqual(before);
  });

  test('unreadable images among others are listed and left out', async () => {
    writeFileSync(at('text.png'), 'text');
    const { predictions, unreadable } = await predict(done, [at('text.png'), image]);
    expect(predictions.map((prediction) => prediction.image)).toEqual([image]);
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]).toMatch(/text\.png: it is text/);
  });
});

describe('disks', () => {
  /** A small disk of its own, where this process may mount one. */
  function mount(options: string): string {
    const disk = emptyFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk], { stdio: 'pipe' });
    onTestFinished(() => void execFileSync('umount', [disk]));
    return disk;
  }
  const canMount = ((): boolean => {
    const probe = mkdtempSync('/tmp/transfuse-mount-');
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', probe], { stdio: 'pipe' });
      execFileSync('umount', [probe]);
      return true;
    } catch {
      return false;
    } finally {
      rmSync(probe, { recursive: true });
    }
  })();

  test.skipIf(!canMount)('a read-only one (skipped where no disk may be mounted)', async () => {
    const disk = mount('size=64k');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    for (const attempt of [
      () => train(at('pets'), { ...quick, out: path.join(disk, 'run') }),
      () => exportModel(done, path.join(disk, 'model.onnx')),
      () => evaluate(done, at('pets'), { out: path.join(disk, 'measured') }),
    ]) {
      expect((await refusal(attempt())).message).toMatch(/^cannot write .*: the file system is read-only$/);
    }
  });

  test.skipIf(!canMount)(
    'a full one: nothing is left of a run that cannot begin (skipped where no disk may be mounted)',
    async () => {
      const disk = mount('size=16k');
      mkdirSync(path.join(disk, 'run'));
      writeFileSync(path.join(disk, 'filler'), Buffer.alloc(12 * 1024));
      const error = await refusal(train(at('pets'), { ...quick, out: path.join(disk, 'run') }));
      expect(error.message).toMatch(/^cannot write .*: the disk is full$/);
      expect(existsSync(path.join(disk, 'run'))).toBe(false);
    },
  );

  test.skipIf(!canMount)(
    'one that fills up: the last checkpoint stays, and the run goes on from it (skipped where no disk may be mounted)',
    async () => {
      const disk = mount('size=1m');
      const [out, filler] = [path.join(disk, 'run'), path.join(disk, 'filler')];
      const options = { ...quick, epochs: 3 };
      const fill = (): void => {
        for (const size of [64 * 1024, 4096, 1]) {
          try {
            while (true) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
          } catch {
            // full
          }
        }
      };
      const error = await refusal(
        train(at('pets'), { ...options, out }, { onEpoch: ({ epoch }) => epoch === 2 && fill() }),
      );
      expect(error.message).toMatch(/^cannot write .*checkpoint\.safetensors: the disk is full$/);
      rmSync(filler);
      const { finished, history } = await train(undefined, { resume: true, out });
      expect(finished).toBe(true);
      expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
      await train(at('pets'), { ...options, out: at('undisturbed') });
      expect(contents(out)['adapter.safetensors']).toBe(contents(at('undisturbed'))['adapter.safetensors']);
      expect(Object.keys(contents(out))).toEqual(Object.keys(contents(at('undisturbed'))));
    },
  );
});
