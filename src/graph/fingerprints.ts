/** @file Names for what values are: equal in any two graphs whose parameters of one name have the same values. */
import type { Source, Value } from './graph.js';
import { showType } from './tensor.js';

/** A function that gives 16 hexadecimal digits for a value, out of the operators and attributes that lead to it. */
export function fingerprints(): (value: Value) => string {
  const found = new Map<Value, string>();
  const of = (value: Value): string => {
    const fingerprint = found.get(value) ?? hash(`${showType(value)} ${origin(value.source)}`);
    found.set(value, fingerprint);
    return fingerprint;
  };
  const origin = (source: Source): string => {
    switch (source.kind) {
      case 'input':
        return `input ${source.name}`;
      case 'parameter':
        return `parameter ${source.parameter.name}`;
      case 'constant':
        return `constant ${source.tensor.data.join()}`;
      case 'node': {
        const { op, attributes, inputs } = source.node;
        return `${op.name} ${JSON.stringify(attributes)} ${inputs.map(of)} ${source.output}`;
      }
    }
  };
  return of;
}

/** FNV-1a of 64 bits. */
function hash(text: string): string {
  let state = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    state = BigInt.asUintN(64, (state ^ BigInt(byte)) * 0x100000001b3n);
  }
  return state.toString(16).padStart(16, '0');
}
