/** @file The networks that are measured, and where their weights come from. A new one is a new row. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Torch } from './torch.js';

/** Real weights lie in a file; random ones are drawn by torchvision, which also writes the ONNX file. */
type Origin = { readonly file: string } | { readonly torchvision: string };

export const networks = {
  mobilenetv2: { file: 'weights/mobilenetv2-imagenet.onnx' },
  'efficientnet-b4': { file: 'weights/efficientnetb4-imagenet.onnx' },
  resnet50: { torchvision: 'resnet50' },
  densenet121: { torchvision: 'densenet121' },
  inceptionv3: { torchvision: 'inception_v3' },
  efficientnetb3: { torchvision: 'efficientnet_b3' },
} as const satisfies Record<string, Origin>;

export type NetworkName = keyof typeof networks;

export const networkNames = Object.keys(networks) as NetworkName[];

/** An ONNX file, or why there is none. */
export type Located = { readonly path: string } | { readonly missing: string };

/**
 * Finds a network's ONNX file under `TRANSFUSE_DATA`, or has torchvision write it, seeded, to `folder`
 * (with its weights beside it for PyTorch itself).
 */
export async function locate(name: NetworkName, folder: string, torch: Torch | undefined): Promise<Located> {
  const origin: Origin = networks[name];
  if ('file' in origin) {
    const file = path.resolve(process.env.TRANSFUSE_DATA ?? '../shared', origin.file);
    return existsSync(file)
      ? { path: file }
      : { missing: `there is no ${file}; TRANSFUSE_DATA says where to look` };
  }
  if (!torch) return { missing: 'its weights are drawn by torchvision, which is not here' };
  return { path: await torch.exportNetwork(origin.torchvision, folder) };
}
