/** @file What an architecture asks for, layer by layer, and how a framework stores that. */
import { float32, type Shape, showShape, type Tensor } from '../../graph/tensor.js';
import type { StoredLayer, StoredWeight, WeightFile } from '../../weights/weight-file.js';
import type { Architecture } from '../architectures/index.js';

export const layerKinds = ['convolution', 'depthwise', 'norm'] as const;

export type LayerKind = (typeof layerKinds)[number];

/** A layer that waits for weights. */
export interface Target {
  readonly name: string;
  readonly kind: LayerKind;
  /** By weight: kernel, bias, scale, centre, mean or variance. Kernels are [filters, channels of a group, h, w]. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

const NO_VALUES = new Float32Array(0);

/** The layers with weights of an architecture, in the order of its forward pass. */
export function targetsOf(architecture: Architecture): Target[] {
  // The network is only looked at, so its tensors need no values.
  const { parameters } = architecture.create((_name, _role, shape) => ({
    dtype: 'float32',
    shape,
    data: NO_VALUES,
  }));
  const layers = new Map<string, Map<string, Shape>>();
  for (const { name, layer, shape } of parameters) {
    if (!layers.has(layer)) layers.set(layer, new Map());
    layers.get(layer)!.set(name.slice(layer.length + 1), shape);
  }
  return [...layers].map(([name, shapes]) => ({ name, kind: kindOf(shapes), shapes }));
}

function kindOf(shapes: ReadonlyMap<string, Shape>): LayerKind {
  const kernel = shapes.get('kernel');
  if (!kernel) return 'norm';
  return kernel[1] === 1 ? 'depthwise' : 'convolution';
}

/** What kind of layer a file's is; undefined for those that networks here have none of, such as dense ones. */
export function storedKind({ weights }: StoredLayer, framework: Framework): LayerKind | undefined {
  const shapeOf = (name: string) => weights.find((weight) => weight.name === name)?.shape;
  const kernel = shapeOf('kernel');
  if (kernel) {
    if (kernel.length !== 4) return undefined;
    return kernel[framework === 'keras' ? 3 : 1] === 1 ? 'depthwise' : 'convolution';
  }
  const isNorm = ['centre', 'mean', 'variance'].every((name) => shapeOf(name)?.length === 1);
  return isNorm ? 'norm' : undefined;
}

type Framework = WeightFile['framework'];

/** What keeps a stored layer from being the one asked for, in words; nothing where it is. */
export function misfits({ shapes }: Target, layer: StoredLayer, framework: Framework): string[] {
  const stored = new Map(layer.weights.map(({ name, shape }) => [name, showShape(shape)]));
  const wrong = [...shapes].flatMap(([name, shape]) => {
    const found = stored.get(name);
    if (!found) return `${layer.name} has no ${name}`;
    const wanted = showShape(storedShape(shape, framework));
    return found === wanted ? [] : `${layer.name}.${name} is ${found} instead of ${wanted}`;
  });
  const extra = ['kernel', 'bias', 'scale', 'centre'].filter((name) => stored.has(name) && !shapes.has(name));
  return [...wrong, ...extra.map((name) => `${layer.name} has a ${name} too many`)];
}

/** Keras keeps the channels of images last, and so of kernels: [h, w, channels, filters] or [h, w, channels, 1]. */
function storedShape(shape: Shape, framework: Framework): Shape {
  if (shape.length !== 4 || framework === 'pytorch') return shape;
  const [filters, channels, height, width] = shape as Kernel;
  return channels === 1 ? [height, width, filters, 1] : [height, width, channels, filters];
}

type Kernel = [filters: number, channels: number, height: number, width: number];

/** Reads a weight that fits, with a kernel's axes as [filters, channels of a group, height, width]. */
export async function readAs(shape: Shape, weight: StoredWeight, framework: Framework): Promise<Tensor> {
  const stored = await weight.read();
  if (shape.length !== 4 || framework === 'pytorch') return float32(stored, shape);
  return float32(channelsFirst(stored, shape as Kernel), shape);
}

/** So many channels and filters at a time stay in the processor's cache while they change places. */
const TILE = 32;

/** [pixels, channels, filters] → [filters, channels, pixels]; one of the last two is 1 where the kernel is depthwise. */
function channelsFirst(stored: Float32Array, [filters, channels, height, width]: Kernel): Float32Array {
  const values = new Float32Array(stored.length);
  const pixels = height * width;
  for (let channel0 = 0; channel0 < channels; channel0 += TILE) {
    for (let filter0 = 0; filter0 < filters; filter0 += TILE) {
      const [channel1, filter1] = [Math.min(channel0 + TILE, channels), Math.min(filter0 + TILE, filters)];
      for (let filter = filter0; filter < filter1; filter++) {
        for (let channel = channel0; channel < channel1; channel++) {
          const at = (filter * channels + channel) * pixels;
          for (let pixel = 0; pixel < pixels; pixel++) {
            values[at + pixel] = stored[(pixel * channels + channel) * filters + filter]!;
          }
        }
      }
    }
  }
  return values;
}
