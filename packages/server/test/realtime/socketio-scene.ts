import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import { io } from 'socket.io-client'
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
import { expect } from 'vitest'
import { ChatError } from '../../src/core/errors.ts'
import type { ChatEvent } from '../../src/core/events.ts'
import { openSession } from '../../src/core/sessions.ts'
import type { Chat, UserId } from '../../src/core/types.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createAuthentication } from '../../src/http/authentication.ts'
import type { Authentication } from '../../src/http/authentication.ts'
import { createIdentity } from '../../src/identity.ts'
import { createSocketIo } from '../../src/realtime/transports/socketio.ts'
import type { SocketIoOptions } from '../../src/realtime/transports/socketio.ts'
import type { SocketSession, Vocabulary } from '../../src/realtime/transports/socketio-vocabulary.ts'
import { routeUpgrades } from '../../src/realtime/transports/upgrades.ts'
import { newActor, openTestChat } from '../support/chat.ts'
import { freshStore } from '../support/databases.ts'
import { hs256, SECRETS } from '../tokens.ts'

const COOKIE = 'SESSION'

/** Says back what it hears, joins rooms, waits and fails, all as it is told. */
const parrot = (
  closed: Set<unknown>,
  gate: () => Promise<undefined>,
  joined = new Set<SocketSession>(),
): Vocabulary => ({
  handlers: {
    say: async (_session, ...said) => ({ said }),
    wait: gate,
    'who-am-i': async (session, claimed) => ({
      userId: await session.identify(typeof claimed === 'string' ? claimed : undefined),
    }),
    join: async (session, room) => {
      session.join(String(room))
      joined.add(session)
      session.onClose(() => closed.add(room))
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
    error instanceof ChatError
      ? { message: error.message, code: error.code }
      : { message: 'Failed', code: 'internal' },
  deliver(event, _audience, rooms) {
    if (event.type === 'status') joined.forEach((session) => session.emit('typing', event.userId))
    if (event.type === 'typing') rooms.emit([`room-${event.conversationId}`, 'all'], 'typing', event.userId)
    if (event.type === 'member.removed') rooms.evict(event.userId, `room-${event.conversationId}`)
  },
})

/** A Socket.IO server on a port of its own, with a vocabulary that knows no chat. */
export interface Scene {
  url: string
  /** What went wrong on our side. */
  faults: unknown[]
  /** The rooms of connections that have closed. */
  closed: Set<unknown>
  /** Lets those through who wait. */
  open(): void
  deliver(event: ChatEvent): void
  /** A client that begins to connect. */
  client(options?: ClientOptions): Socket
  /** One that has, with a token. */
  connect(userId: UserId, options?: ClientOptions): Promise<Socket>
  token(userId: UserId, seconds?: number): Promise<string>
  stop(options?: { keepClients: boolean }): Promise<void>
}

export type ClientOptions = Partial<ManagerOptions & SocketOptions>

/** The core, and any number of scenes on it. */
export interface Stage {
  chat: Chat
  authentication: Authentication
  person(): Promise<UserId>
  cookie(userId: UserId): Promise<string>
  scene(options?: Partial<SocketIoOptions>): Promise<Scene>
  close(): Promise<void>
}

/** Socket.IO asks the database for no more than who somebody is: one store will do. */
export async function openStage(): Promise<Stage> {
  const store = await freshStore('embedded')
  const { db } = await openDatabase({ ...store, onError: (fault) => expect.unreachable(String(fault)) })
  const delivering: Scene[] = []
  const test = await openTestChat(db, (event) => delivering.forEach((scene) => scene.deliver(event)))
  const { chat } = test
  const identity = createIdentity({ jwtSecrets: SECRETS, userClaim: 'sub' })
  const authentication = createAuthentication({ chat, identity, sessionCookie: COOKIE })
  return {
    chat,
    authentication,
    person: async () => (await newActor(chat)).userId,
    async cookie(userId) {
      const { session } = await openSession(chat, userId, 60)
      return `${COOKIE}=${session}`
    },
    async scene(options) {
      const scene = await openScene({ chat, hub: test.hub, authentication, ...options })
      delivering.push(scene)
      return scene
    },
    async close() {
      for (const scene of delivering) await scene.stop()
      await test.close()
      await db.close()
      await store.drop()
    },
  }
}

async function openScene(
  options: Pick<SocketIoOptions, 'chat' | 'hub' | 'authentication'> & Partial<SocketIoOptions>,
): Promise<Scene> {
  const faults: unknown[] = []
  const closed = new Set<unknown>()
  const gate = Promise.withResolvers<undefined>()
  const clients: Socket[] = []
  const socketIo = createSocketIo({
    vocabularies: [parrot(closed, () => gate.promise)],
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
  let isOpen = true

  const scene: Scene = {
    url,
    faults,
    closed,
    open: () => gate.resolve(undefined),
    deliver: (event) => socketIo.deliver(event, []),
    client(settings) {
      const socket = io(url, {
        forceNew: true,
        transports: ['websocket'],
        reconnectionDelay: 10,
        ...settings,
      })
      clients.push(socket)
      return socket
    },
    async connect(userId, settings) {
      const socket = scene.client({ auth: { token: await scene.token(userId) }, ...settings })
      await next(socket, 'connect')
      return socket
    },
    token: (sub, seconds = 60) => hs256({ sub, exp: Date.now() / 1000 + seconds }),
    async stop({ keepClients } = { keepClients: false }) {
      if (!isOpen) return
      isOpen = false
      if (!keepClients) clients.forEach((client) => client.disconnect())
      await Promise.all([app.close(), socketIo.close()])
      expect(faults).toEqual([])
    },
  }
  return scene
}

/** What a socket next emits of this name. */
export function next<Payload = unknown>(socket: Socket, event: string): Promise<Payload> {
  return new Promise((resolve) => socket.once(event, resolve))
}
