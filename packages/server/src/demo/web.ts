import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { SHELL } from './web-app.ts'

/** Whose paths the web app reads by itself. */
const PAGES = ['/', '/products/:id', '/auth', '/cabinet', '/cabinet/*']

/** Files whose names change with their content. */
const HASHED = '/_nuxt/:name(^[\\w-][\\w.-]*$)'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
}

/** The web app out of `folder`: its pages, and its files as they were compressed when it was built. */
export const web: FastifyPluginAsync<{ folder: string }> = async (app, { folder }) => {
  app.addHook('onRequest', async (_request, reply) => void reply.headers(HEADERS))
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    globIgnore: ['_nuxt/**', '**/*.{html,br,gz}'],
    index: false,
    preCompressed: true,
    cacheControl: false,
  })
  for (const page of PAGES)
    app.get(page, (request, reply) => {
      // Pictures have the address of the server, and the policy lets pages show none of another one.
      const home = new URL(app.publicUrl())
      return request.host === home.host
        ? reply.sendFile(SHELL)
        : reply.redirect(`${home.origin}${request.url}`)
    })
  app.get<{ Params: { name: string } }>(HASHED, ({ params }, reply) =>
    reply.sendFile(`_nuxt/${params.name}`, { cacheControl: true, maxAge: '1y', immutable: true }),
  )
}

/** In its place. */
export const webMissing: FastifyPluginAsync = async (app) => {
  app.get('/', () => 'The web app of the demo is not installed here. Its API: /docs/marketplace\n')
}
