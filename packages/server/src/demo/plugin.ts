import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { isLoopback } from '../config.ts'
import { ChatError } from '../core/errors.ts'
import { marketplaceErrors } from '../dialects/marketplace/errors.ts'
import { useEnvelope } from '../http/envelope.ts'
import { signedIn, signingIn } from './sessions.ts'
import type { SessionOptions } from './sessions.ts'
import { shop } from './shop.ts'
import { web, webMissing } from './web.ts'

export interface DemoOptions extends SessionOptions {
  /** Where the web app has been built; null where it is not installed. */
  webFolder: string | null
}

/** A marketplace around the chat, for whoever wants to look at it before building one. */
export const demo: FastifyPluginAsync<DemoOptions> = async (app, { webFolder, ...options }) => {
  useEnvelope(app, marketplaceErrors)
  await app.register(signingIn, options)
  await app.register(signedIn, options)
  await app.register(shop)
  if (webFolder === null) await app.register(webMissing)
  else await app.register(web, { folder: webFolder })
}

/** A page elsewhere can point a name of its own at this machine, and would then be of one origin with the demo. */
export function refuseOtherNames({ headers }: FastifyRequest): void {
  const name = URL.parse(`http://${headers.host ?? ''}`)?.hostname.replace(/^\[(.*)\]$/, '$1') ?? ''
  if (!isLoopback(name))
    throw new ChatError('forbidden', 'The demo answers at 127.0.0.1 and localhost alone.')
}
