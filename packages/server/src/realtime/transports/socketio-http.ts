import type { FastifyPluginAsync } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Server } from 'socket.io'

/** As the official clients ask for it. */
const PATH = '/socket.io/'
/** How long a client that polls has to fetch why its connection ends. */
const FAREWELL_MS = 2_000

/** Polling, behind whatever holds for every request of the server. */
export const pollingRoutes: FastifyPluginAsync<{ io: Server }> = async (app, { io }) => {
  // The engine waits half a minute, though the client may be gone, and keeps the process for as long.
  io.engine.on('connection', ({ transport }: { transport: object }) => {
    Object.assign(transport, { closeTimeout: FAREWELL_MS })
  })

  // Bodies are left for the engine to read.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))

  app.route({
    method: ['GET', 'POST'],
    url: PATH,
    exposeHeadRoute: false,
    schema: { hide: true },
    handler(request, reply) {
      reply.hijack()
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value)
      io.engine.handleRequest(request.raw, reply.raw)
    },
  })
}

/** WebSocket. */
export function upgradesOf(io: Server) {
  const sockets = new Set<Duplex>()
  let accepting = true
  return {
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
      if (!accepting || URL.parse(request.url ?? '', 'http://host')?.pathname !== PATH) return false
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      const listeners = socket.listenerCount('close')
      io.engine.handleUpgrade(request, socket, head)
      // First of all the engine makes a response, for middlewares, that would keep the request for as long as the socket.
      const [closeResponse] = socket.rawListeners('close').slice(listeners)
      if (closeResponse) socket.off('close', closeResponse as () => void)
      return true
    },
    /** Takes no more. Resolves once all have ended; those that have not after a while are cut off. */
    async close(patienceMs: number): Promise<void> {
      accepting = false
      const giveUp = setTimeout(() => sockets.forEach((socket) => socket.destroy()), patienceMs)
      await Promise.all([...sockets].map((socket) => new Promise((ended) => socket.once('close', ended))))
      clearTimeout(giveUp)
    },
  }
}
