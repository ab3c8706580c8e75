import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import { SHELL } from './web-app.ts'

/** Whose paths the web app reads by itself. */
const PAGES = ['/', '/products/:id', '/auth', '/cabinet', '/cabinet/*']

/** Files whose names change with their content. */
const HASHED = '/_nuxt/:name(^[\\w-][\\w.-]*$)'

/** Pictures of messages have the server's one address, though it may be visited by another name of this machine. */
const policy = (server: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' blob: ${server}`,
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
}

/** The web app out of `folder`: its pages, and its files as they were compressed when it was built. */
export const web: FastifyPluginAsync<{ folder: string }> = async (app, { folder }) => {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ ...HEADERS, 'content-security-policy': policy(app.publicUrl()) })
  })
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    globIgnore: ['_nuxt/**', '**/*.{html,br,gz}'],
    index: false,
    preCompressed: true,
    cacheControl: false,
  })
  for (const page of PAGES) app.get(page, (_request, reply) => reply.sendFile(SHELL))
  app.get<{ Params: { name: string } }>(HASHED, ({ params }, reply) =>
    reply.sendFile(`_nuxt/${params.name}`, { cacheControl: true, maxAge: '1y', immutable: true }),
  )
}

/** In its place. */
export const webMissing: FastifyPluginAsync = async (app) => {
  app.get('/', () => 'The web app of the demo is not installed here. Its API: /docs/marketplace\n')
}
