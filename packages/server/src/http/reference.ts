import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'

export interface Reference {
  name: string
  title: string
  /** Of the API's description. */
  url: string
}

/**
 * A page to read and try an API, at `/docs/<name>`. It is made when somebody first asks for it: its modules take as long
 * to load as half of the server.
 */
export function serveReference(app: FastifyInstance, reference: Reference): void {
  const prefix = `/docs/${reference.name}` as const
  let opened: Promise<FastifyInstance> | undefined
  const open = () =>
    (opened ??= openPage(prefix, reference).catch((error: unknown) => {
      opened = undefined
      throw error
    }))
  for (const url of [prefix, `${prefix}/`, `${prefix}/js/scalar.js`])
    app.get(url, { schema: { hide: true } }, async (_request, reply) => {
      const page = await open()
      const { statusCode, headers, rawPayload } = await page.inject(url)
      return reply.code(statusCode).headers(headers).send(rawPayload)
    })
}

async function openPage(routePrefix: `/${string}`, { title, url }: Reference): Promise<FastifyInstance> {
  const { default: apiReference } = await import('@scalar/fastify-api-reference')
  const page = Fastify()
  await page.register(apiReference, {
    routePrefix,
    configuration: {
      url,
      pageTitle: title,
      withDefaultFonts: false,
      telemetry: false,
      // What would lead to its maker's own services.
      showDeveloperTools: 'never',
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  })
  return page
}
