import { jsonCodec } from '../protocol/json-codec.ts'
import { protobufCodec } from '../protocol/protobuf-codec.ts'
import { isBinary, readBody } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import { streamTo } from './response-stream.ts'
import type { Framing } from './transport.ts'

const lineEnd = Buffer.from('\n')

const json = {
  codec: jsonCodec,
  framing: ((messages) => Buffer.concat(messages.flatMap((message) => [message, lineEnd]))) satisfies Framing,
  contentType: 'application/x-ndjson',
}

// These messages tell their length themselves.
const protobuf = {
  codec: protobufCodec,
  framing: ((messages) => Buffer.concat(messages)) satisfies Framing,
  contentType: 'application/octet-stream',
}

export const httpStream: Endpoint = {
  methods: ['POST'],
  async handle(node, request, response) {
    const commands = await readBody(request, node.settings.messageMaxBytes)
    if (typeof commands === 'number') return commands
    const encoding = isBinary(request) ? protobuf : json
    return streamTo(node, request, response, { ...encoding, name: 'http_stream', opening: '', commands })
  },
}
