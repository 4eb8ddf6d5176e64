/** @file `tf.train.Example`: a record of named features, each a list of bytes, of floats or of integers. */
import { fieldsOf, MalformedProtobuf } from '../onnx/protobuf.js';

export type Feature =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'floats'; readonly values: readonly number[] }
  | { readonly kind: 'ints'; readonly values: readonly number[] };

/**
 * The features of a record; their bytes are views of it, so that where they lie in the file can be told.
 * @returns undefined where the record is no `tf.train.Example`
 */
export function parseExample(record: Uint8Array): Map<string, Feature> | undefined {
  try {
    const features = new Map<string, Feature>();
    for (const example of fieldsOf(record)) {
      if (example.number !== 1) continue;
      for (const entry of fieldsOf(example.bytes())) {
        if (entry.number !== 1) continue;
        let name = '';
        let feature: Feature | undefined;
        for (const part of fieldsOf(entry.bytes())) {
          if (part.number === 1) name = part.text();
          if (part.number === 2) feature = parseFeature(part.bytes());
        }
        if (feature !== undefined) features.set(name, feature);
      }
    }
    return features;
  } catch (error) {
    if (error instanceof MalformedProtobuf) return undefined;
    throw error;
  }
}

/** The one kind of list that a feature holds; undefined for an empty one. */
function parseFeature(message: Uint8Array): Feature | undefined {
  for (const list of fieldsOf(message)) {
    const items = [...fieldsOf(list.bytes())].filter(({ number }) => number === 1);
    if (list.number === 1) return { kind: 'bytes', values: items.map((item) => item.bytes()) };
    if (list.number === 2) return { kind: 'floats', values: items.flatMap((item) => item.floats()) };
    if (list.number === 3) return { kind: 'ints', values: items.flatMap((item) => item.ints()) };
  }
  return undefined;
}
