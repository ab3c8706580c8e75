import type { IncomingMessage } from 'node:http'
import { jsonCodec } from '../protocol/json-codec.ts'
import { readBody } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import { queryOf } from './query.ts'
import { streamTo } from './response-stream.ts'
import type { Framing } from './transport.ts'

const eventStart = Buffer.from('data: ')
const eventEnd = Buffer.from('\n\n')

const framing: Framing = (messages) =>
  Buffer.concat(messages.flatMap((message) => [eventStart, message, eventEnd]))

/** Server-sent events (HTML standard, 9.2), whose requests can carry nothing but a URL. */
export const sse: Endpoint = {
  methods: ['GET', 'POST'],
  async handle(node, request, response) {
    const commands = await readCommands(request, node.settings.messageMaxBytes)
    if (typeof commands === 'number') return commands
    return streamTo(node, request, response, {
      name: 'sse',
      codec: jsonCodec,
      framing,
      contentType: 'text/event-stream; charset=utf-8',
      opening: '\r\n',
      commands,
      // Whoever gets a browser to open an address must not have it do anything beyond that.
      isOnlyConnect: request.method === 'GET',
    })
  },
}

async function readCommands(request: IncomingMessage, maxBytes: number): Promise<Buffer | 400 | 413> {
  if (request.method === 'POST') return readBody(request, maxBytes)
  return Buffer.from(queryOf(request).get('cf_connect') ?? '')
}
