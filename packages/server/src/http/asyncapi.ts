import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { withoutIdentity } from './openapi.ts'

/** What is said on sockets in the words of one dialect. */
export interface SocketDescription {
  name: string
  title: string
  description: string
  /** What clients emit, by event. */
  clientEvents: Record<string, Described & { answer?: z.ZodObject }>
  /** What the server emits, by event. */
  serverEvents: Record<string, Described>
  /** Where it is said in text frames of JSON, with nothing to acknowledge, and not over Socket.IO. */
  frames?: { address: string; query: z.ZodObject }
  /** Shapes that are written once, under their names. */
  schemas: Record<string, z.ZodType>
  /** What there is to say of fields. */
  named?: z.core.$ZodRegistry<{ description?: string }>
}

interface Described {
  summary: string
  /** The event's one argument. */
  payload: z.ZodType
}

export interface SocketDescriptions {
  vocabularies: SocketDescription[]
  /** Where the server is, as clients see it. */
  origin: () => string
}

/** Serves an AsyncAPI 3.0 document of what is said on sockets; in its terms the server is the application. */
export const socketDescriptions: FastifyPluginAsync<SocketDescriptions> = async (app, options) => {
  const { vocabularies, origin } = options
  const parts = vocabularies.map(describe)
  app.get('/asyncapi/sockets.json', { schema: { hide: true } }, async () => ({
    asyncapi: '3.0.0',
    info: {
      title: 'Parley: sockets',
      version: '1',
      description: vocabularies.map(({ description }) => description).join('\n\n'),
    },
    defaultContentType: 'application/json',
    servers: serverViews(origin()),
    channels: Object.assign({}, ...parts.map(({ channels }) => channels)) as object,
    operations: Object.assign({}, ...parts.map(({ operations }) => operations)) as object,
    components: {
      schemas: Object.assign({}, ...parts.map(({ schemas }) => schemas)) as object,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Or `auth: { token }` of the client, `?token=` in the address, or the session cookie.',
        },
      },
    },
  }))
}

function serverViews(origin: string) {
  const url = new URL(origin)
  const server = {
    host: url.host,
    protocol: url.protocol === 'https:' ? 'wss' : 'ws',
    security: [{ $ref: '#/components/securitySchemes/token' }],
  }
  return {
    parley: { ...server, pathname: '/socket.io/', description: 'Socket.IO 4, namespace `/`.' },
    frames: { ...server, description: 'WebSocket, text frames of JSON.' },
  }
}

function describe(vocabulary: SocketDescription) {
  const { name, title, description, frames, clientEvents, serverEvents } = vocabulary
  const channel = { $ref: `#/channels/${name}` }
  const message = (key: string) => ({ $ref: `#/channels/${name}/messages/${key}` })
  const inputs = z.registry<{ id: string }>()
  const outputs = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(vocabulary.schemas)) outputs.add(schema, { id: `${name}.${id}` })
  const messages: Record<string, object> = {}
  const operations: Record<string, object> = {}

  function add(key: string, { summary, payload }: Described, registry: typeof inputs): void {
    const id = registry.get(payload)?.id ?? `${name}.${key}`
    // Events may share a shape that has no name of its own, and a registry takes each once.
    if (!registry.has(payload)) registry.add(payload.clone(), { id })
    messages[key] = { name: key, summary, payload: { $ref: uri(id) } }
  }

  function acknowledge(event: string, answer?: z.ZodObject) {
    const reply = `${event}.acknowledgement`
    const summary = `What the callback of \`${event}\` is given, where the client passes one.`
    add(reply, { summary, payload: acknowledgement(answer) }, outputs)
    return { reply: { channel, messages: [message(reply)] } }
  }

  for (const [event, said] of Object.entries(clientEvents)) {
    add(event, said, inputs)
    operations[`${name}.${event}`] = {
      action: 'receive',
      channel,
      summary: said.summary,
      messages: [message(event)],
      ...(!frames && acknowledge(event, said.answer)),
    }
  }
  for (const [event, said] of Object.entries(serverEvents)) {
    add(event, said, outputs)
    operations[`${name}.${event}`] = {
      action: 'send',
      channel,
      summary: said.summary,
      messages: [message(event)],
    }
  }
  return {
    channels: { [name]: { ...placeView(frames), title, description, messages } },
    operations,
    schemas: { ...jsonSchemas(inputs, 'input', vocabulary), ...jsonSchemas(outputs, 'output', vocabulary) },
  }
}

function placeView(frames: SocketDescription['frames']) {
  if (!frames) return { address: '/', servers: [{ $ref: '#/servers/parley' }] }
  const query = withoutIdentity(z.toJSONSchema(frames.query, { io: 'input', target: 'draft-7' }))
  const bindings = { ws: { method: 'GET', query } }
  return { address: frames.address, servers: [{ $ref: '#/servers/frames' }], bindings }
}

const acknowledgement = (answer = z.object({})) =>
  z.union([
    answer.extend({ success: z.literal(true) }),
    z.object({ success: z.literal(false), error: z.string() }),
  ])

const uri = (id: string) => `#/components/schemas/${id}`

function jsonSchemas(
  registry: z.core.$ZodRegistry<{ id: string }>,
  io: 'input' | 'output',
  { named }: SocketDescription,
) {
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri,
    target: 'draft-7',
    override({ zodSchema, jsonSchema }) {
      const { description } = named?.get(zodSchema) ?? {}
      if (description !== undefined) jsonSchema.description = description
    },
  })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema)]))
}
