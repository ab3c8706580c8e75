import type { Socket } from 'socket.io'

/** What a client may have sent that nobody has dealt with yet. */
const MOST_BYTES = 1024 * 1024

/** What an event costs that waits, whatever its size. */
const EVENT_BYTES = 1024

/** Deals with what comes on a connection one after the other, in the order in which it came. */
export function createInbox<Call>({ conn }: Pick<Socket, 'conn'>, handle: (call: Call) => Promise<void>) {
  let unclaimed = 0
  let waiting = 0
  let last = Promise.resolve()

  // An event comes out of the packets that arrived just before it.
  conn.on('packet', ({ data }: { data?: string | Buffer }) => {
    unclaimed += data?.length ?? 0
  })

  return {
    /** Null where there is no room for it. */
    put(call: Call): Promise<void> | null {
      const bytes = EVENT_BYTES + unclaimed
      unclaimed = 0
      if (waiting + bytes > MOST_BYTES) return null
      waiting += bytes
      last = last
        .then(() => handle(call))
        .finally(() => {
          waiting -= bytes
        })
      return last
    },
  }
}
