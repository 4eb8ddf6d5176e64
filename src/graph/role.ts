/** @file Every parameter has one of these roles; a fine-tuning method says which roles train. */

export const roles = [
  'kernel',
  'bias',
  'bn-scale',
  'bn-centre',
  'bn-mean',
  'bn-variance',
  'head-kernel',
  'head-bias',
] as const;

export type Role = (typeof roles)[number];
