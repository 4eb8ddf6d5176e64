/** @file What the benchmark uses of TensorFlow.js, which is no dependency of ours: @tensorflow/tfjs 4. */

export interface TfTensor {
  readonly shape: readonly number[];
  readonly size: number;
  data(): Promise<Float32Array>;
  add(other: TfTensor | number): TfTensor;
  sub(other: TfTensor): TfTensor;
  mul(other: TfTensor | number): TfTensor;
  div(other: TfTensor): TfTensor;
  matMul(other: TfTensor): TfTensor;
  reshape(shape: readonly number[]): TfTensor;
  mean(axes: readonly number[], keepDims?: boolean): TfTensor;
  sum(): TfTensor;
  square(): TfTensor;
  sqrt(): TfTensor;
  rsqrt(): TfTensor;
  relu(): TfTensor;
  sigmoid(): TfTensor;
  toFloat(): TfTensor;
}

export interface TfVariable extends TfTensor {
  readonly name: string;
}

type Pair = readonly [number, number];

export interface Tf {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: ArrayLike<number>, shape?: readonly number[], dtype?: 'float32' | 'int32'): TfTensor;
  variable(initial: TfTensor): TfVariable;
  zeros(shape: readonly number[]): TfTensor;
  concat(tensors: readonly TfTensor[], axis: number): TfTensor;
  addN(tensors: readonly TfTensor[]): TfTensor;
  transpose(x: TfTensor, axes: readonly number[]): TfTensor;
  reverse(x: TfTensor, axes: readonly number[]): TfTensor;
  pad(x: TfTensor, edges: readonly Pair[]): TfTensor;
  conv2d(x: TfTensor, kernel: TfTensor, strides: Pair, pad: 'valid'): TfTensor;
  depthwiseConv2d(x: TfTensor, kernel: TfTensor, strides: Pair, pad: 'valid'): TfTensor;
  customGrad(
    f: (x: TfTensor) => { value: TfTensor; gradFunc: (dy: TfTensor) => TfTensor },
  ): (x: TfTensor) => TfTensor;
  variableGrads(
    loss: () => TfTensor,
    variables: readonly TfVariable[],
  ): { value: TfTensor; grads: Record<string, TfTensor> };
  tidy<Result>(work: () => Result): Result;
  dispose(tensors: readonly TfTensor[]): void;
  readonly train: {
    adam(
      rate: number,
      beta1: number,
      beta2: number,
      epsilon: number,
    ): { applyGradients(gradients: Record<string, TfTensor>): void };
  };
  readonly losses: { sigmoidCrossEntropy(labels: TfTensor, logits: TfTensor): TfTensor };
}
