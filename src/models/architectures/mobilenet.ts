/** @file MobileNet (Howard et al. 2017), as Keras builds it. */
import type { Value } from '../../graph/graph.js';
import { clip } from '../../graph/ops/clip.js';
import type { Pads } from '../../graph/ops/window.js';
import type { Layers } from '../layers.js';

const STEM_CHANNELS = 32;

const blocks = [
  { channels: 64, stride: 1 },
  { channels: 128, stride: 2 },
  { channels: 128, stride: 1 },
  { channels: 256, stride: 2 },
  { channels: 256, stride: 1 },
  { channels: 512, stride: 2 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 1024, stride: 2 },
  { channels: 1024, stride: 1 },
];

/** Keras pads before a stride like this whatever the size, so that an odd size loses its last row and column. */
const BEFORE_STRIDE: Pads = [0, 0, 1, 1];

/** @param alpha factor of the channels of every layer */
export function mobileNet(alpha: number) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const widened = (channels: number) => Math.floor(channels * alpha);
    const normRelu6 = (name: string, x: Value) =>
      clip(graph, layers.norm(`${name}_bn`, x), { min: 0, max: 6 });

    const stem = { kernel: 3, stride: 2, padding: 'same' } as const;
    let x = normRelu6('conv1', layers.conv('conv1', images, widened(STEM_CHANNELS), stem));
    blocks.forEach(({ channels, stride }, index) => {
      const depthwise = `conv_dw_${index + 1}`;
      const padding = stride === 1 ? 'same' : BEFORE_STRIDE;
      x = normRelu6(depthwise, layers.depthwise(depthwise, x, { kernel: 3, stride, padding }));
      const pointwise = `conv_pw_${index + 1}`;
      x = normRelu6(pointwise, layers.conv(pointwise, x, widened(channels), { kernel: 1 }));
    });
    return x;
  };
}
