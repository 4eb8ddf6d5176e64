/** @file Why an image is not taken, in words that are ours. */

/** An image that we will not or cannot read; its message is a complete reason, and quotes nothing from the file. */
export class Refusal extends Error {}
