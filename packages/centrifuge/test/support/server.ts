import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { createCentrifuge, type Centrifuge, type Options } from '../../src/index.ts'

export interface TestServer {
  centrifuge: Centrifuge
  http: Server
  url: string
  /** Cuts every connection, as a broken network does. */
  drop(): void
  close(): Promise<void>
}

/** A server on a free port; everybody is who their token says, and may subscribe to anything. */
export async function startServer(options: Partial<Options> = {}): Promise<TestServer> {
  const centrifuge = createCentrifuge({
    connect: async ({ token }) => ({ user: token }),
    subscribe: async () => ({}),
    ...options,
  })
  const http = createServer()
  const sockets = new Set<Duplex>()
  http.on('upgrade', (request, socket, head) => {
    sockets.add(socket)
    if (!centrifuge.handleUpgrade(request, socket, head)) socket.destroy()
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  const { port } = http.address() as AddressInfo
  const close = async () => {
    await centrifuge.close()
    await new Promise((resolve) => http.close(resolve))
  }
  const drop = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  onTestFinished(close)
  return { drop, centrifuge, http, url: `ws://127.0.0.1:${port}/connection/websocket`, close }
}
