/** @file Frees memory without waiting for the garbage collector, which sees only a small object before much memory. */

/** Frees the whole buffers of these arrays at once: they are empty afterwards. What is empty already may be among them. */
export function discard(...arrays: readonly ArrayBufferView[]): void {
  const { port1, port2 } = new MessageChannel();
  const buffers = arrays
    .filter(({ byteLength }) => byteLength > 0)
    .map(({ buffer }) => buffer as ArrayBuffer);
  port1.postMessage(null, buffers);
  port1.close();
  port2.close();
}
