import type { Socket } from 'socket.io'

/** Characters that may wait for a client to read on. */
const MOST_WAITING = 1024 * 1024

/** Closes the connection of a client that does not read what it is sent; it may come back and begin anew. */
export function boundOutbox({ conn }: Pick<Socket, 'conn'>): void {
  let waiting = 0
  conn.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
    waiting += data?.length ?? 0
    if (waiting > MOST_WAITING) conn.close(true)
  })
  conn.on('flush', () => {
    waiting = 0
  })
}
