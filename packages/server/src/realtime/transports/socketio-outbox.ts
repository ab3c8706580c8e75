import type { Socket } from 'socket.io'

/** Characters that may wait for a client to read on. */
const MOST_WAITING = 1024 * 1024

/**
 * Closes the connection of a client that does not read what it is sent; it may come back and begin anew. What is sent at
 * once may be longer: whoever reads gets it.
 */
export function boundOutbox({ conn }: Pick<Socket, 'conn'>): void {
  let waiting = 0
  conn.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
    if (waiting > MOST_WAITING) conn.close(true)
    waiting += data?.length ?? 0
  })
  conn.on('flush', () => {
    waiting = 0
  })
}
