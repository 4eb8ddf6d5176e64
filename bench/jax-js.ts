/** @file What the benchmark uses of jax-js, which is no dependency of ours: @jax-js/jax 0.1. */

export interface JaxArray {
  readonly shape: number[];
  readonly size: number;
  /** Another reference to the same array: each use of a reference ends it. */
  readonly ref: JaxArray;
  dispose(): void;
  data(): Promise<Float32Array>;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  neg(): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
}

type Elementwise = (x: JaxArray) => JaxArray;

export interface Jax {
  init(device: 'wasm'): Promise<string[]>;
  defaultDevice(device: 'wasm'): string;
  jit<Arguments extends unknown[], Result>(f: (...args: Arguments) => Result): (...args: Arguments) => Result;
  /** The value, and its gradient with respect to the first argument. */
  valueAndGrad<First, Rest extends unknown[]>(
    f: (first: First, ...rest: Rest) => JaxArray,
  ): (first: First, ...rest: Rest) => [JaxArray, First];
  readonly tree: { ref<Tree>(tree: Tree): Tree };
  readonly lax: {
    convGeneralDilated(
      x: JaxArray,
      kernel: JaxArray,
      strides: readonly number[],
      padding: readonly (readonly number[])[],
      options: { featureGroupCount: number },
    ): JaxArray;
  };
  readonly nn: { relu: Elementwise; sigmoid: Elementwise };
  readonly numpy: {
    array(values: number | readonly number[] | Float32Array, options?: { shape: number[] }): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    mean(x: JaxArray, axes?: readonly number[], options?: { keepdims: boolean }): JaxArray;
    transpose(x: JaxArray, axes: readonly number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    maximum(a: JaxArray, b: number): JaxArray;
    sum: Elementwise;
    sqrt: Elementwise;
    square: Elementwise;
    exp: Elementwise;
    log1p: Elementwise;
    abs: Elementwise;
  };
}
