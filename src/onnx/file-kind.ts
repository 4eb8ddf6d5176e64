/** @file Recognises files that people give instead of an ONNX model, and says what to do with them. */

interface FileKind {
  readonly what: string;
  readonly advice: string;
  readonly matches: (bytes: Uint8Array) => boolean;
}

const torchAdvice =
  'it holds weights, not the network; load it in PyTorch and export with torch.onnx.export(model.eval(), images, file, training=torch.onnx.TrainingMode.PRESERVE, dynamo=False)';

const kinds: readonly FileKind[] = [
  { what: 'an HDF5 file', advice: 'load it in Keras and export with tf2onnx', matches: starts('\x89HDF') },
  { what: 'a zip archive (PyTorch or Keras)', advice: torchAdvice, matches: starts('PK\x03\x04') },
  {
    what: 'a pickle (PyTorch)',
    advice: torchAdvice,
    matches: (bytes) => bytes[0] === 0x80 && bytes[1]! <= 5,
  },
  {
    what: 'a Git LFS pointer',
    advice: 'fetch the real file with git lfs pull',
    matches: starts('version https'),
  },
  {
    what: 'a TensorFlow Lite model',
    advice: 'export the original model to ONNX',
    matches: starts('TFL3', 4),
  },
  { what: 'a GGUF file', advice: 'that is a language model, not an image network', matches: starts('GGUF') },
  { what: 'a safetensors file', advice: torchAdvice, matches: starts('{"', 8) },
  { what: 'a gzip archive', advice: 'unpack it first', matches: starts('\x1f\x8b') },
  {
    what: 'a web page',
    advice: 'the download went wrong',
    matches: (bytes) => /^\s*<(!doctype|html)/i.test(latin1(bytes, 0, 64)),
  },
  {
    what: 'an image',
    advice: 'give the network here, and images as data',
    matches: (bytes) => starts('\x89PNG')(bytes) || starts('\xff\xd8\xff')(bytes),
  },
];

/** `a zip archive (PyTorch or Keras): it holds …`, or undefined where the file is none of those we know. */
export function describeOtherFile(bytes: Uint8Array): string | undefined {
  const kind = kinds.find(({ matches }) => matches(bytes));
  return kind && `${kind.what}: ${kind.advice}`;
}

function starts(magic: string, at = 0): (bytes: Uint8Array) => boolean {
  return (bytes) => latin1(bytes, at, magic.length) === magic;
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
