import { once } from 'node:events'
import net from 'node:net'

/** Stands between a test and PostgreSQL, so that the test can take the server away and give it back. */
export interface Proxy {
  url: string
  /** Breaks every connection; new ones are refused until `restore`. */
  cut: () => void
  restore: () => void
  /** Leaves every connection open and passes nothing on any more; new ones work. */
  silence: () => void
  /** Connections taken since the start. */
  taken: () => number
  close: () => Promise<void>
}

export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<net.Socket>()
  let refusing = false
  let taken = 0
  const server = net.createServer((inbound) => {
    taken += 1
    if (refusing) return inbound.destroy()
    const outbound = net.connect(Number(target.port), target.hostname)
    for (const socket of [inbound, outbound]) track(socket, sockets)
    inbound.pipe(outbound)
    outbound.pipe(inbound)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.port = String((server.address() as net.AddressInfo).port) // it listens on TCP
  const cut = (): void => {
    refusing = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    cut,
    restore: () => (refusing = false),
    silence() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    taken: () => taken,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

function track(socket: net.Socket, sockets: Set<net.Socket>): void {
  sockets.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
}
