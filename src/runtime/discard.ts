/** @file Frees memory without waiting for the garbage collector, which sees only a small object before much memory. */

/** Frees the whole buffers of these arrays at once: they are empty afterwards. */
export function discard(...arrays: readonly ArrayBufferView[]): void {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(
    null,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
  port1.close();
  port2.close();
}
