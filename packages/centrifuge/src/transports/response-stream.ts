import type { IncomingMessage, ServerResponse } from 'node:http'
import { Disconnect } from '../errors.ts'
import type { Node } from '../node.ts'
import type { Codec } from '../protocol/codec.ts'
import { receive } from '../sessions/dispatch.ts'
import { endSession, hasRoom, openSession } from './open-session.ts'
import { responseTransport } from './response-transport.ts'
import type { Framing } from './transport.ts'

interface Stream {
  name: 'http_stream' | 'sse'
  codec: Codec
  framing: Framing
  contentType: string
  /** Before the first message. */
  opening: string
  /** The commands that make the connection. */
  commands: Buffer
}

// Nothing between here and the client may keep, change or hold back what is streamed.
const streamHeaders = {
  'Cache-Control': 'private, no-cache, no-store, no-transform, must-revalidate, max-age=0',
  Pragma: 'no-cache',
  Expires: '0',
  'X-Accel-Buffering': 'no',
}

/** Begins a session on a response; or answers the status that says why not. */
export function streamTo(
  node: Node,
  request: IncomingMessage,
  response: ServerResponse,
  { name, codec, framing, contentType, opening, commands }: Stream,
): 400 | 503 | undefined {
  if (!isReadable(codec, commands)) return 400
  if (!hasRoom(node)) return 503
  // Gone while it was read, a client would never be known to be gone.
  if (response.destroyed) return undefined
  const transport = responseTransport({ name, response, codec, framing, settings: node.settings })
  const session = openSession(node, { transport, codec, headers: request.headers })
  response.on('close', () => endSession(node, session))
  response.writeHead(200, { ...streamHeaders, 'Content-Type': contentType })
  if (opening) response.write(opening)
  else response.flushHeaders()
  receive(node, session, commands)
  return undefined
}

function isReadable(codec: Codec, commands: Buffer): boolean {
  try {
    codec.decode(commands)
    return true
  } catch (error) {
    if (error instanceof Disconnect) return false
    throw error
  }
}
