import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyPluginCallback } from 'fastify'
import type { Centrifuge } from './centrifuge.ts'
import type { HandleUpgrade } from './transports/websocket.ts'
import { refuseUpgrade } from './transports/refuse-upgrade.ts'

export interface CentrifugePluginOptions {
  centrifuge: Pick<Centrifuge, 'handleRequest' | 'handleUpgrade' | 'close'>
}

/**
 * Serves a Centrifuge on a Fastify application: its paths are answered before routing and parsing, everything else is
 * left as it is. Closing the application closes the Centrifuge first, whose streams would hold it up.
 */
export const centrifugePlugin: FastifyPluginCallback<CentrifugePluginOptions> = (
  app,
  { centrifuge },
  done,
) => {
  // The hooks of a scope see nothing but requests to its own routes, and those of Centrifuge are none.
  if (Object.getPrototypeOf(app) !== Object.prototype) {
    done(new Error('centrifuge: register the plugin on the application itself, not inside of another plugin'))
    return
  }
  app.addHook('onRequest', (request, reply, next) => {
    if (centrifuge.handleRequest(request.raw, reply.raw)) reply.hijack()
    else next()
  })
  handlersOn(app.server).push((request, socket, head) => centrifuge.handleUpgrade(request, socket, head))
  app.addHook('preClose', () => centrifuge.close())
  done()
}

// As `fastify-plugin` does: what is said here holds for the application, not for a scope of its own.
Object.assign(centrifugePlugin, { [Symbol.for('skip-override')]: true })

const upgrades = new WeakMap<Server, HandleUpgrade[]>()

/** Those of all Centrifuges on one server, behind one listener, which knows when nobody takes an upgrade. */
function handlersOn(server: Server): HandleUpgrade[] {
  const known = upgrades.get(server)
  if (known) return known
  const handlers: HandleUpgrade[] = []
  upgrades.set(server, handlers)
  // First, because others may hand all upgrades to the router.
  server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const isOurs = handlers.some((handle) => handle(request, socket, head))
    // With nobody else to take it, it would hang forever.
    if (!isOurs && server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404)
  })
  return handlers
}
