import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import {
  createCentrifuge,
  type Centrifuge,
  type ChannelOptions,
  type ChannelsConfig,
  type Options,
} from '../../src/index.ts'

export interface TestServer {
  centrifuge: Centrifuge
  http: Server
  /** Of the WebSocket endpoint. */
  url: string
  /** Of all HTTP endpoints. */
  base: string
  /** Cuts every connection, as a broken network does. */
  drop(): void
  close(): Promise<void>
}

/** All channels alike, recovered and with a history that subscribers may read unless `options` say otherwise. */
export function channelsWith(options: ChannelOptions = {}): ChannelsConfig {
  const all = {
    history_size: 300,
    history_ttl: '10m',
    force_recovery: true,
    allow_history_for_subscriber: true,
    ...options,
  }
  const names = ['personal', 'server', 'client']
  return { without_namespace: all, namespaces: names.map((name) => ({ name, ...all })) }
}

/** A server on a free port; everybody is who their token says, and may subscribe to anything. */
export async function startServer(options: Partial<Options> = {}): Promise<TestServer> {
  const centrifuge = createCentrifuge({
    connect: async ({ token }) => ({ user: token }),
    subscribe: async () => ({}),
    channel: channelsWith(),
    httpStream: true,
    sse: true,
    ...options,
  })
  const http = createServer()
  const sockets = new Set<Duplex>()
  http.on('request', (request, response) => {
    if (!centrifuge.handleRequest(request, response)) response.writeHead(404).end()
  })
  http.on('upgrade', (request, socket, head) => {
    sockets.add(socket)
    if (!centrifuge.handleUpgrade(request, socket, head)) socket.destroy()
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  const { port } = http.address() as AddressInfo
  const close = async () => {
    await centrifuge.close()
    const closed = new Promise((resolve) => http.close(resolve))
    // Those that a client has opened to have, and not used yet.
    http.closeAllConnections()
    await closed
  }
  const drop = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    http.closeAllConnections()
  }
  onTestFinished(close)
  const host = `127.0.0.1:${port}`
  return { drop, centrifuge, http, url: `ws://${host}/connection/websocket`, base: `http://${host}`, close }
}
