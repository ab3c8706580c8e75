import type { IncomingMessage, ServerResponse } from 'node:http'
import { Disconnect } from '../errors.ts'
import type { Node } from '../node.ts'
import type { Codec } from '../protocol/codec.ts'
import type { Command } from '../protocol/commands.ts'
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
  /** Whether they may be nothing but one connect. */
  isOnlyConnect?: boolean
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
  { name, codec, framing, contentType, opening, commands, isOnlyConnect = false }: Stream,
): 400 | 503 | undefined {
  const decoded = decode(codec, commands)
  if (!decoded || (isOnlyConnect && !isConnect(decoded))) return 400
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

/** Undefined where they cannot be understood. */
function decode(codec: Codec, commands: Buffer): Command[] | undefined {
  try {
    return codec.decode(commands)
  } catch (error) {
    if (error instanceof Disconnect) return undefined
    throw error
  }
}

function isConnect([first, ...rest]: Command[]): boolean {
  return first?.method === 'connect' && rest.length === 0
}
