import type { FastifyPluginCallback } from 'fastify'
import type { Centrifuge } from './centrifuge.ts'
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
  app.addHook('onRequest', (request, reply, next) => {
    if (centrifuge.handleRequest(request.raw, reply.raw)) reply.hijack()
    else next()
  })
  app.server.on('upgrade', (request, socket, head) => {
    const isOurs = centrifuge.handleUpgrade(request, socket, head)
    // With nobody else to take it, it would hang forever.
    if (!isOurs && app.server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404)
  })
  app.addHook('preClose', () => centrifuge.close())
  done()
}

// As `fastify-plugin` does: what is said here holds for the application, not for a scope of its own.
Object.assign(centrifugePlugin, { [Symbol.for('skip-override')]: true })
