import swagger from '@fastify/swagger'
import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { OpenAPIV3 } from 'openapi-types'
import { createJsonSchemaTransform } from 'fastify-type-provider-zod'
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { serveReference } from './reference.ts'

/** Schemas that a description writes once, under their names, and what it says of them. */
type NamedSchemas = z.core.$ZodRegistry<{ id?: string; description?: string }>

export interface ApiDescription {
  /** In the addresses: `/openapi/<name>.json`, `/docs/<name>`. */
  name: string
  title: string
  description: string
  /** Ways to prove who calls, any one of which will do; each may take several schemes together. */
  security: Record<string, OpenAPIV3.SecuritySchemeObject>[]
  /** What single operations ask for instead. */
  otherSecurity?: Record<string, OpenAPIV3.SecuritySchemeObject>
  /** Schemas of what is answered. */
  named?: NamedSchemas
}

/** Describes the routes of this scope by their own schemas, and serves a page to read and try them. */
export async function describeApi(app: FastifyInstance, api: ApiDescription): Promise<void> {
  const schemaRegistry = api.named ?? z.registry<{ id?: string; description?: string }>()
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: api.title, description: api.description, version: '1' },
      components: {
        securitySchemes: Object.assign(
          {},
          ...api.security,
          api.otherSecurity,
        ) as ApiDescription['security'][0],
        schemas: components(schemaRegistry),
      },
      security: api.security.map((schemes) =>
        Object.fromEntries(Object.keys(schemes).map((name) => [name, []])),
      ),
    },
    transform: describingResponses(createJsonSchemaTransform({ schemaRegistry })),
    transformObject: sparingBodies,
  })
  const url = `/openapi/${api.name}.json`
  app.get(url, { schema: { hide: true } }, async () => ({
    ...app.swagger(),
    servers: [{ url: app.publicUrl() }],
  }))
  serveReference(app, { name: api.name, title: api.title, url })
}

/** OpenAPI wants a description of every response; the name of its status is better than none. */
function describingResponses(transform: SwaggerTransform): SwaggerTransform {
  return (route) => {
    const { schema, url } = transform(route)
    for (const [status, response] of Object.entries(schema.response ?? {})) {
      Object.assign(response as object, { 'x-response-description': STATUS_CODES[status] })
    }
    return { schema, url }
  }
}

/** A body of which nothing is required may be left out, which the plugin thinks no body may. */
const sparingBodies: SwaggerTransformObject = (document) => {
  if ('swaggerObject' in document) return document.swaggerObject
  const { paths = {} } = document.openapiObject
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path ?? {}) as Described[])) {
    const body = operation.requestBody
    if (body)
      body.required = Object.values(body.content).some(({ schema }) => (schema?.required ?? []).length > 0)
  }
  return document.openapiObject
}

interface Described {
  requestBody?: { required?: boolean; content: Record<string, { schema?: { required?: string[] } }> }
}

function components(named: NamedSchemas): Record<string, OpenAPIV3.SchemaObject> {
  const { schemas } = z.toJSONSchema(named, {
    io: 'output',
    metadata: named,
    uri: (id) => `#/components/schemas/${id}`,
  })
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutIdentity(schema)]))
}

/** In a description the place of a schema is its identity: no `$id`, no `$schema`. */
export function withoutIdentity(schema: object): OpenAPIV3.SchemaObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !key.startsWith('$')))
}
