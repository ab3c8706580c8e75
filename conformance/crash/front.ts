import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Server } from '../support/server.ts'

/** What stands before servers: one address, behind it whichever server it is pointed at. */
export interface Front {
  /** The server behind it, at the front's address. */
  server: () => Server
  /** New connections go there; those to another server are cut. */
  pointAt: (server: Server) => void
  /** Reads nothing of what the server says on the connections that are open now. */
  stall: () => void
  flow: () => void
  close: () => Promise<void>
}

export async function openFront(first: Server): Promise<Front> {
  let target = first
  const pairs = new Set<{ inbound: Socket; outbound: Socket }>()
  const front = createServer((inbound) => {
    const outbound = connect(Number(new URL(target.url).port), '127.0.0.1')
    const pair = { inbound, outbound }
    pairs.add(pair)
    const end = () => {
      inbound.destroy()
      outbound.destroy()
      pairs.delete(pair)
    }
    for (const socket of [inbound, outbound]) socket.on('error', end).on('close', end)
    inbound.pipe(outbound).pipe(inbound)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const address = front.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const cut = () => {
    for (const { inbound, outbound } of pairs) for (const socket of [inbound, outbound]) socket.destroy()
  }
  return {
    server: () => ({ ...target, url: `http://127.0.0.1:${port}` }),
    pointAt: (server) => {
      const moved = server.url !== target.url
      target = server
      if (moved) cut()
    },
    stall: () => {
      for (const { inbound, outbound } of pairs) outbound.unpipe(inbound).pause()
    },
    flow: () => {
      for (const { inbound, outbound } of pairs) outbound.pipe(inbound)
    },
    close: async () => {
      cut()
      front.close()
      await once(front, 'close')
    },
  }
}
