import type { Duplex } from 'node:stream'

/**
 * What the network has not taken of the write under way. The stream counts that write, which may be all that waits, only
 * when it is done as a whole; Node's own socket timeouts look here as well.
 */
export function unsentBytes(socket: Duplex | null): number {
  // There is no public way to know.
  const { _handle: handle } = (socket ?? {}) as { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize ?? 0
}
