/** @file What can compute a session: the processor, or a graphics processor through one of two interfaces. */

export const devices = ['cpu', 'webgpu', 'cuda'] as const;

export type Device = (typeof devices)[number];
