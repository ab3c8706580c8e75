import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import { io } from 'socket.io-client'
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
import { ChatError } from '../../src/core/errors.ts'
import type { ChatEvent } from '../../src/core/events.ts'
import { openSession } from '../../src/core/sessions.ts'
import type { Database } from '../../src/db/database.ts'
import { createAuthentication } from '../../src/http/authentication.ts'
import { createIdentity } from '../../src/identity.ts'
import { createSocketIo } from '../../src/realtime/transports/socketio.ts'
import type { SocketIoOptions } from '../../src/realtime/transports/socketio.ts'
import type { Vocabulary } from '../../src/realtime/transports/socketio-vocabulary.ts'
import { routeUpgrades } from '../../src/realtime/transports/upgrades.ts'
import { newActor, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { hs256, SECRETS } from '../tokens.ts'

const COOKIE = 'SESSION'

/** Says back what it hears, joins rooms and fails, all as it is told. */
const parrot: Vocabulary = {
  handlers: {
    say: async (_session, ...said) => ({ said }),
    'who-am-i': async (session, claimed) => ({
      userId: await session.identify(typeof claimed === 'string' ? claimed : undefined),
    }),
    join: async (session, room) => {
      session.join(String(room))
      return undefined
    },
    leave: async (session, room) => {
      session.leave(String(room))
      return undefined
    },
    refuse: async () => {
      throw new ChatError('conflict', 'Not now.')
    },
    fail: async () => {
      throw new Error('a secret')
    },
  },
  refusal: (error) =>
    error instanceof ChatError ? { message: error.message, code: error.code } : { message: 'Failed', code: 'internal' },
  deliver(event, _audience, rooms) {
    if (event.type === 'typing') rooms.emit([`room-${event.conversationId}`, 'all'], 'typing', event.userId)
    if (event.type === 'member.removed') rooms.evict(event.userId, `room-${event.conversationId}`)
  },
}

export interface Scene extends TestChat {
  url: string
  /** What went wrong on our side. */
  faults: unknown[]
  deliver(event: ChatEvent): void
  /** A client of the server that does not connect before it is told to. */
  client(options?: Partial<ManagerOptions & SocketOptions>): Socket
  token(userId: string, seconds?: number): Promise<string>
  cookie(userId: string): Promise<string>
  stop(): Promise<void>
}

/** A Socket.IO server on a port of its own, with a vocabulary that knows no chat. */
export async function openScene(db: Database, options: Partial<SocketIoOptions> = {}): Promise<Scene> {
  const test = await openTestChat(db)
  const { chat, hub } = test
  const identity = createIdentity({ jwtSecrets: SECRETS, userClaim: 'sub' })
  const faults: unknown[] = []
  const clients: Socket[] = []
  const socketIo = createSocketIo({
    chat,
    hub,
    authentication: createAuthentication({ chat, identity, sessionCookie: COOKIE }),
    vocabularies: [parrot],
    allowedOrigins: ['https://shop.example'],
    trustClientIds: false,
    rateLimit: 0,
    patienceMs: 2_000,
    onError: (error) => faults.push(error),
    ...options,
  })
  const app = Fastify()
  app.addHook('onRequest', async (_request, reply) => void reply.header('x-test', 'asked'))
  await app.register(socketIo.routes)
  routeUpgrades(app.server, [socketIo.handleUpgrade])
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

  return {
    ...test,
    url,
    faults,
    deliver: (event) => socketIo.deliver(event, []),
    client(settings) {
      const socket = io(url, { autoConnect: false, forceNew: true, reconnectionDelay: 10, ...settings })
      clients.push(socket)
      return socket
    },
    token: (sub, seconds = 60) => hs256({ sub, exp: Math.floor(Date.now() / 1000) + seconds }),
    async cookie(userId) {
      const { session } = await openSession(chat, userId, 60)
      return `${COOKIE}=${session}`
    },
    async stop() {
      clients.forEach((client) => client.disconnect())
      await Promise.all([app.close(), socketIo.close()])
      await test.close()
    },
  }
}

/** What a socket next emits of this name. */
export function next(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => socket.once(event, resolve))
}

export { newActor }
