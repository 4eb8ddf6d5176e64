/** @file What the two frameworks whose networks are built here have in common, and where single architectures differ. */
import { glorotUniform, heNormalFanIn, heNormalFanOut, scaledTruncatedNormal } from '../initialisers.js';
import type { Conventions } from '../layers.js';

/** Keras' defaults. */
export const keras: Conventions = { kernels: glorotUniform, epsilon: 1e-3, momentum: 0.99 };

/** Its DenseNets and ResNets. */
export const kerasResidual: Conventions = { ...keras, epsilon: 1.001e-5 };

/** Its MobileNets V2 and V3. */
export const kerasMobile: Conventions = { ...keras, momentum: 0.999 };

export const kerasEfficientNet: Conventions = { ...keras, kernels: scaledTruncatedNormal };

/** PyTorch's defaults for batch norm, and what most of torchvision's networks start their kernels with. */
export const torchvision: Conventions = { kernels: heNormalFanOut, epsilon: 1e-5, momentum: 0.9 };

export const torchvisionDenseNet: Conventions = { ...torchvision, kernels: heNormalFanIn };

export const torchvisionMobileNetV3: Conventions = { ...torchvision, epsilon: 1e-3, momentum: 0.99 };
