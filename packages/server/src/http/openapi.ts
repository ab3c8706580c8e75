import swagger from '@fastify/swagger'
import apiReference from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import type { OpenAPIV3 } from 'openapi-types'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

export interface ApiDescription {
  /** In the addresses: `/openapi/<name>.json`, `/docs/<name>`. */
  name: string
  title: string
  description: string
  /** Ways to prove who calls; any one of them will do. */
  security: Record<string, OpenAPIV3.SecuritySchemeObject>
}

/** Describes the routes of this scope by their own schemas, and serves a page to read and try them. */
export async function describeApi(app: FastifyInstance, api: ApiDescription): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: api.title, description: api.description, version: '1' },
      components: { securitySchemes: api.security },
      security: Object.keys(api.security).map((name) => ({ [name]: [] })),
    },
    transform: jsonSchemaTransform,
  })
  const url = `/openapi/${api.name}.json`
  app.get(url, { schema: { hide: true } }, async () => app.swagger())
  await app.register(apiReference, {
    routePrefix: `/docs/${api.name}`,
    configuration: {
      url,
      pageTitle: api.title,
      withDefaultFonts: false,
      telemetry: false,
      // What would lead to its maker's own services.
      showDeveloperTools: 'never',
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  })
}
