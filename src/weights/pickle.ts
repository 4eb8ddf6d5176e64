/**
 * @file Reads Python pickles (protocols 2 to 5) and runs none of them: whatever a pickle would import is looked up in a
 * list of what may be, and stands for plain data here. Opcodes as in CPython's pickletools.
 */
import { TransfuseError } from '../errors.js';

/** null, boolean, number, bigint, string, Uint8Array, array (lists and tuples), Set, Map (dicts), or what a global made. */
export type Pickled = unknown;

/** What stands for a Python class or function: makes data of the arguments that it would be called with. */
export type Global = (args: readonly Pickled[]) => Pickled;

/** By `module.name`. */
export type AllowedGlobals = Readonly<Record<string, Global>>;

export interface PickleOptions {
  readonly allowed: AllowedGlobals;
  /** What an id refers to that is kept outside the pickle. */
  readonly persistent: (id: Pickled) => Pickled;
  /** For messages. */
  readonly source: string;
}

/** An object whose class does not matter here: nothing is done with it, but it may stand beside what does. */
export class Ignored {}

/** Below the items that a later opcode takes together. */
const MARK = Symbol('mark');

/**
 * Reads one pickle from the start of `bytes`.
 * @returns its value, and where it ends
 * @throws TransfuseError `unsafe-pickle` naming a global that is not allowed, `bad-pickle` where it is damaged
 */
export function unpickle(bytes: Uint8Array, options: PickleOptions): { value: Pickled; end: number } {
  const machine = new Machine(bytes, options);
  return { value: machine.run(), end: machine.at };
}

class Machine {
  at = 0;
  private readonly stack: Pickled[] = [];
  private readonly memo = new Map<number, Pickled>();
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly options: PickleOptions,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Pickled {
    for (;;) {
      const code = this.byte();
      if (code === STOP) return this.pop();
      const step = opcodes[code];
      if (!step) throw this.bad(`opcode ${code} at byte ${this.at - 1} is not one of protocols 2 to 5`);
      step(this);
    }
  }

  bad(why: string, cause?: unknown): TransfuseError {
    return new TransfuseError('bad-pickle', `${this.options.source} is not a sound pickle: ${why}`, {
      cause,
    });
  }

  push(value: Pickled): void {
    this.stack.push(value);
  }

  pop(): Pickled {
    if (this.stack.length === 0 || this.stack.at(-1) === MARK) throw this.bad('it takes more than it has');
    return this.stack.pop();
  }

  top(): Pickled {
    if (this.stack.length === 0 || this.stack.at(-1) === MARK) throw this.bad('it takes more than it has');
    return this.stack.at(-1);
  }

  mark(): void {
    this.stack.push(MARK);
  }

  /** Everything above the last mark, which goes too. */
  popToMark(): Pickled[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw this.bad('it takes more than it has');
    const items = this.stack.splice(mark);
    return items.slice(1);
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  /** The next place that MEMOIZE takes. */
  get remembered(): number {
    return this.memo.size;
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw this.bad(`it recalls what it never kept (${index})`);
    this.push(this.memo.get(index));
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    if (!(length <= this.bytes.length - this.at)) throw this.bad('it is truncated');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  number<Kind extends 'getUint16' | 'getInt32' | 'getUint32' | 'getBigUint64'>(kind: Kind, size: number) {
    this.take(size);
    return this.view[kind](this.at - size, true) as ReturnType<DataView[Kind]>;
  }

  double(): number {
    this.take(8);
    return this.view.getFloat64(this.at - 8);
  }

  /** Lengths of 64 bits; what does not fit in the file is refused by what reads it. */
  long(): number {
    return Number(this.number('getBigUint64', 8));
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw this.bad('it is truncated');
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  /** A little-endian two's complement integer of any length. */
  integer(length: number): number | bigint {
    const bytes = this.take(length);
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    const signed = BigInt.asIntN(8 * bytes.length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  global(module: Pickled, name: Pickled): void {
    const { allowed, source } = this.options;
    const full = `${module}.${name}`;
    if (!Object.hasOwn(allowed, full)) {
      throw new TransfuseError(
        'unsafe-pickle',
        `${source} asks for ${printable(full)}, which is not among what weights need, and was not run; save a state dict instead (torch.save(model.state_dict(), file))`,
      );
    }
    this.push(allowed[full]);
  }

  call(callee: Pickled, args: Pickled): void {
    if (typeof callee !== 'function' || !Array.isArray(args)) throw this.bad('it calls what is no global');
    this.push((callee as Global)(args));
  }

  persistent(id: Pickled): void {
    this.push(this.options.persistent(id));
  }

  setItems(items: readonly Pickled[]): void {
    const target = this.top();
    if (target instanceof Ignored) return;
    if (!(target instanceof Map) || items.length % 2) throw this.bad('it sets items of what is no dict');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  append(items: readonly Pickled[]): void {
    const target = this.top();
    if (target instanceof Ignored) return;
    if (!Array.isArray(target)) throw this.bad('it appends to what is no list');
    for (const item of items) target.push(item);
  }

  addItems(items: readonly Pickled[]): void {
    const target = this.top();
    if (!(target instanceof Set)) throw this.bad('it adds to what is no set');
    for (const item of items) target.add(item);
  }
}

type Step = (machine: Machine) => void;

const STOP = 0x2e;

const dictOf = (m: Machine, items: Pickled[]): void => {
  m.push(new Map());
  m.setItems(items);
};
const tupleOf =
  (length: number): Step =>
  (m) =>
    m.push(Array.from({ length }, () => m.pop()).reverse());

const opcodes: Readonly<Record<number, Step>> = {
  40: (m) => m.mark(),
  41: (m) => m.push([]),
  48: (m) => m.pop(), // POP
  49: (m) => m.popToMark(), // POP_MARK
  50: (m) => m.push(m.top()), // DUP
  66: (m) => m.push(m.take(m.number('getUint32', 4))), // BINBYTES
  67: (m) => m.push(m.take(m.byte())), // SHORT_BINBYTES
  71: (m) => m.push(m.double()), // BINFLOAT
  74: (m) => m.push(m.number('getInt32', 4)), // BININT
  75: (m) => m.push(m.byte()), // BININT1
  77: (m) => m.push(m.number('getUint16', 2)), // BININT2
  78: (m) => m.push(null), // NONE
  81: (m) => m.persistent(m.pop()), // BINPERSID
  // REDUCE
  82: (m) => {
    const args = m.pop();
    m.call(m.pop(), args);
  },
  84: (m) => m.push(m.text(m.number('getUint32', 4))), // BINSTRING
  85: (m) => m.push(m.text(m.byte())), // SHORT_BINSTRING
  88: (m) => m.push(m.text(m.number('getUint32', 4))), // BINUNICODE
  93: (m) => m.push([]), // EMPTY_LIST
  // APPEND
  97: (m) => {
    const item = m.pop();
    m.append([item]);
  },
  // BUILD: the state of an object, which is data of its class or nothing to us
  98: (m) => m.pop(),
  // GLOBAL
  99: (m) => {
    const module = m.line();
    m.global(module, m.line());
  },
  100: (m) => dictOf(m, m.popToMark()), // DICT
  101: (m) => m.append(m.popToMark()), // APPENDS
  104: (m) => m.recall(m.byte()), // BINGET
  106: (m) => m.recall(m.number('getUint32', 4)), // LONG_BINGET
  108: (m) => m.push(m.popToMark()), // LIST
  113: (m) => m.remember(m.byte()), // BINPUT
  114: (m) => m.remember(m.number('getUint32', 4)), // LONG_BINPUT
  // SETITEM
  115: (m) => {
    const value = m.pop();
    m.setItems([m.pop(), value]);
  },
  116: (m) => m.push(m.popToMark()), // TUPLE
  117: (m) => m.setItems(m.popToMark()), // SETITEMS
  125: (m) => m.push(new Map()), // EMPTY_DICT
  // PROTO
  128: (m) => {
    const protocol = m.byte();
    if (protocol < 2 || protocol > 5) throw m.bad(`its protocol is ${protocol}; 2 to 5 are read`);
  },
  // NEWOBJ
  129: (m) => {
    const args = m.pop();
    m.call(m.pop(), args);
  },
  133: tupleOf(1),
  134: tupleOf(2),
  135: tupleOf(3),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  138: (m) => m.push(m.integer(m.byte())), // LONG1
  // LONG4
  139: (m) => {
    const length = m.number('getInt32', 4);
    if (length < 0 || length > LONGEST_INTEGER) throw m.bad(`an integer has ${length} bytes`);
    m.push(m.integer(length));
  },
  140: (m) => m.push(m.text(m.byte())), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.long())), // BINUNICODE8
  142: (m) => m.push(m.take(m.long())), // BINBYTES8
  143: (m) => m.push(new Set()), // EMPTY_SET
  144: (m) => m.addItems(m.popToMark()), // ADDITEMS
  145: (m) => m.push(new Set(m.popToMark())), // FROZENSET
  // NEWOBJ_EX
  146: (m) => {
    m.pop();
    const args = m.pop();
    m.call(m.pop(), args);
  },
  // STACK_GLOBAL
  147: (m) => {
    const name = m.pop();
    m.global(m.pop(), name);
  },
  148: (m) => m.remember(m.remembered), // MEMOIZE
  149: (m) => void m.long(), // FRAME
  150: (m) => m.push(m.take(m.long())), // BYTEARRAY8
};

const LONGEST_INTEGER = 64;

function printable(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return clean.length > 100 ? `${clean.slice(0, 100)}…` : clean;
}
