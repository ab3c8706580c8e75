import { isOriginAllowed } from '@parley/centrifuge'
import type { FastifyPluginAsync } from 'fastify'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Server } from 'socket.io'
import type { DefaultEventsMap, Socket } from 'socket.io'
import { ChatError } from '../../core/errors.ts'
import type { Audience, ChatEvent } from '../../core/events.ts'
import type { Chat } from '../../core/types.ts'
import type { Authenticated, Authentication } from '../../http/authentication.ts'
import { refusalOf } from '../../http/errors.ts'
import type { Hub } from '../hub.ts'
import { createDeadlines } from './deadlines.ts'
import { createDispatcher } from './socketio-dispatch.ts'
import { authenticateHandshake, HandshakeRefused } from './socketio-handshake.ts'
import { pollingRoutes, upgradesOf } from './socketio-http.ts'
import { createWriter } from './socket-writer.ts'
import { openOutbox, tellingOf } from './socketio-outbox.ts'
import type { Outbox } from './socketio-outbox.ts'
import { openSession, userRoom } from './socketio-session.ts'
import { inTurn } from './socketio-turns.ts'
import type { Rooms, SocketSession, Vocabulary } from './socketio-vocabulary.ts'
import type { Take } from './upgrades.ts'
import { isSignedIn } from './validity.ts'

const PACKET_BYTES = 128 * 1024
/** How long a client may take to say who it is. */
const HANDSHAKE_MS = 10_000

export interface SocketIoOptions {
  chat: Chat
  hub: Hub
  authentication: Authentication
  vocabularies: Vocabulary[]
  /** Beside the server's own host. */
  allowedOrigins: string[]
  /** Whether a client without any proof may come in, and say later who it is. */
  trustClientIds: boolean
  /** Events per minute and user; 0 is off. */
  rateLimit: number
  /** How long closing connections have at shutdown. */
  patienceMs: number
  onError: (error: unknown) => void
}

export interface SocketIo {
  routes: FastifyPluginAsync
  handleUpgrade: Take
  deliver(event: ChatEvent, audience: Audience): void
  /** Closes connections so that clients come back, and waits for what is in flight. */
  close(): Promise<void>
}

interface SocketData {
  /** Until the end of the handshake. Null: trusted to say who it is. */
  caller: Authenticated | null
  /** From the end of the handshake. */
  session?: SocketSession
  outbox?: Outbox
  /** The session it was opened with, if any. */
  sessionId?: string | undefined
}

type Connection = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>

/** One Socket.IO server for several vocabularies, whose event names differ. */
export function createSocketIo(options: SocketIoOptions): SocketIo {
  const { chat, hub, vocabularies, onError } = options
  const io = listenNowhere((request) => isWelcome(request, options.allowedOrigins))
  const dispatcher = createDispatcher(options)
  const upgrades = upgradesOf(io)
  const rooms = roomsOf(io)
  const writeTo = createWriter()
  const tellings = vocabularies.map((vocabulary) =>
    inTurn((event: ChatEvent, audience: Audience) => vocabulary.deliver(event, audience, rooms), onError),
  )
  const deadlines = createDeadlines()
  const greeted = new WeakSet<Connection['conn']>()
  let isClosing = false

  async function greet(socket: Connection): Promise<void> {
    if (greeted.has(socket.conn)) {
      socket.conn.close()
      throw new ChatError('conflict', 'One handshake is enough.')
    }
    greeted.add(socket.conn)
    socket.data.caller = await authenticateHandshake(options, socket.handshake)
  }

  function refuse(error: unknown): HandshakeRefused {
    const fault = error instanceof Error ? error : new Error('A handshake failed.', { cause: error })
    if (!refusalOf(fault)) onError(fault)
    return new HandshakeRefused(fault)
  }

  io.use((socket, next) => {
    greet(socket).then(
      () => next(),
      (error: unknown) => next(refuse(error)),
    )
  })
  io.on('connection', (socket) => {
    const { caller } = socket.data
    forgetHandshake(socket)
    const session = openSession(socket, { chat, hub, deadlines, caller })
    const outbox = openOutbox(socket, writeTo)
    socket.data = { caller: null, session, outbox, sessionId: caller?.session?.id }
    dispatcher.listen(socket, session)
    // A session that ended during the handshake found no connection to end.
    if (caller) isSignedIn(chat, caller).then((isIn) => isIn || socket.disconnect(true), onError)
  })
  io.engine.on('headers', (headers: Record<string, string>) => {
    // Otherwise a connection kept alive would keep the server from closing.
    if (isClosing) headers.connection = 'close'
  })

  return {
    routes: async (app) => app.register(pollingRoutes, { io }),
    handleUpgrade: upgrades.handleUpgrade,
    deliver(event, audience) {
      if (event.type === 'session.ended') {
        const { userId, sessionId } = event
        for (const socket of socketsIn(io, userRoom(userId)))
          if (sessionId === null || sessionId === socket.data.sessionId) socket.disconnect(true)
      }
      const here = hub.here(audience)
      for (const tell of tellings) tell(event, here)
    },
    async close() {
      isClosing = true
      io.engine.close()
      await upgrades.close(options.patienceMs)
      await dispatcher.settled()
    },
  }
}

type SocketServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>

/** The port is Fastify's: the HTTP server that Socket.IO wants is none that anybody reaches. */
function listenNowhere(isWelcome: (request: IncomingMessage) => boolean): SocketServer {
  return new Server(createServer(), {
    serveClient: false,
    maxHttpBufferSize: PACKET_BYTES,
    connectTimeout: HANDSHAKE_MS,
    allowRequest: (request, answer) => answer(null, isWelcome(request)),
  })
}

/** Socket.IO keeps what a connection began with, which takes a third of all that the connection takes. */
function forgetHandshake(socket: Connection): void {
  Object.assign(socket, { handshake: undefined })
  Object.assign(socket.conn, { request: undefined })
}

/** A script of another site can read what JSONP answers, whatever the browser says of its origin. */
function isWelcome(request: IncomingMessage, allowedOrigins: string[]): boolean {
  const isJsonp = URL.parse(request.url ?? '', 'http://host')?.searchParams.has('j')
  return !isJsonp && isOriginAllowed(request, allowedOrigins)
}

function socketsIn(io: SocketServer, room: string): Connection[] {
  const ids = [...(io.sockets.adapter.rooms.get(room) ?? [])]
  return ids.flatMap((id) => io.sockets.sockets.get(id) ?? [])
}

function roomsOf(io: SocketServer): Rooms {
  const idsIn = (names: string[]) =>
    new Set(names.flatMap((room) => [...(io.sockets.adapter.rooms.get(room) ?? [])]))
  const dataOf = (id: string) => io.sockets.sockets.get(id)?.data

  return {
    has: (room) => io.sockets.adapter.rooms.has(room),
    emit(names, event, payload, except = []) {
      const telling = tellingOf(event, payload)
      const others = idsIn(except.map(userRoom))
      for (const id of idsIn(names)) if (!others.has(id)) dataOf(id)?.outbox?.tell(telling)
    },
    usersIn: (names) => new Set([...idsIn(names)].flatMap((id) => dataOf(id)?.session?.userId ?? [])),
    evict: (userId, room) => io.in(userRoom(userId)).socketsLeave(room),
  }
}
