import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import type { ClientOptions } from 'ws'
import { expect } from 'vitest'
import { ChatError } from '../../src/core/errors.ts'
import { openSession } from '../../src/core/sessions.ts'
import type { Chat, UserId } from '../../src/core/types.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createAuthentication } from '../../src/http/authentication.ts'
import type { Authentication } from '../../src/http/authentication.ts'
import { plainErrors } from '../../src/http/plain-errors.ts'
import { createIdentity } from '../../src/identity.ts'
import { createHub } from '../../src/realtime/hub.ts'
import { routeUpgrades } from '../../src/realtime/transports/upgrades.ts'
import { createWebSockets } from '../../src/realtime/transports/websocket.ts'
import type { WebSocketOptions, WebSockets } from '../../src/realtime/transports/websocket.ts'
import type { FrameVocabulary } from '../../src/realtime/transports/websocket-vocabulary.ts'
import { newActor, openTestChat } from '../support/chat.ts'
import { freshStore } from '../support/databases.ts'
import { openFrames } from '../support/frames.ts'
import type { FrameClient } from '../support/frames.ts'
import { hs256, SECRETS } from '../tokens.ts'

const COOKIE = 'SESSION'

/** Says back what it hears, and fails as it is told. */
const parrot = (authentication: Authentication): FrameVocabulary => ({
  path: '/frames',
  refusal: plainErrors,
  async authenticate({ headers, url }) {
    if (url?.endsWith('?fail')) throw new Error('a secret')
    const caller = await authentication.authenticate(headers)
    if (!caller) throw new ChatError('unauthenticated', 'Sign in first.')
    return caller
  },
  greeting: ({ userId }) => ({ hello: userId }),
  receive(session, message) {
    if (message === undefined || message === null) throw new ChatError('invalid', 'Not JSON.')
    if (message === 'fail') throw new Error('a secret')
    session.send({ said: message })
  },
  complaint: (complaint) => ({ complaint }),
  deliver(event, audience, sockets) {
    if (event.type === 'typing') throw new Error('not encoded')
    if (event.type !== 'presence' || !Array.isArray(audience)) return
    sockets.send(audience, { about: event.userId }, ({ userId }) => userId !== event.userId)
  },
})

export type Frames = FrameClient<Record<string, unknown>>

/** A server of WebSockets on a port of its own, with a vocabulary that knows no chat. */
export interface Scene {
  url: string
  sockets: WebSockets
  /** What went wrong on our side. */
  faults: unknown[]
  /** Who came (true) and went, in order. */
  presence: [UserId, boolean][]
  /** Connects and has been greeted. */
  connect(userId: UserId, options?: ClientOptions): Promise<Frames>
  stop(): Promise<void>
}

export interface Stage {
  chat: Chat
  person(): Promise<UserId>
  token(userId: UserId, seconds?: number): Promise<string>
  cookie(userId: UserId): Promise<string>
  scene(options?: Partial<WebSocketOptions>): Promise<Scene>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const store = await freshStore('embedded')
  const { db } = await openDatabase({ ...store, onError: (fault) => expect.unreachable(String(fault)) })
  const scenes: Scene[] = []
  const test = await openTestChat(db, (event, audience) =>
    scenes.forEach(({ sockets }) => sockets.deliver(event, audience)),
  )
  const { chat } = test
  const identity = createIdentity({ jwtSecrets: SECRETS, userClaim: 'sub' })
  const authentication = createAuthentication({ chat, identity, sessionCookie: COOKIE })
  const token = (sub: UserId, seconds = 60) => hs256({ sub, exp: Math.floor(Date.now() / 1000) + seconds })

  return {
    chat,
    token,
    person: async () => (await newActor(chat)).userId,
    async cookie(userId) {
      const { session } = await openSession(chat, userId, 60)
      return `${COOKIE}=${session}`
    },
    async scene(options) {
      const scene = await openScene({ chat, vocabulary: parrot(authentication), ...options }, token)
      scenes.push(scene)
      return scene
    },
    async close() {
      for (const scene of scenes) await scene.stop()
      await test.close()
      await db.close()
      await store.drop()
    },
  }
}

async function openScene(
  options: Pick<WebSocketOptions, 'chat' | 'vocabulary'> & Partial<WebSocketOptions>,
  token: Stage['token'],
): Promise<Scene> {
  const faults: unknown[] = []
  const presence: Scene['presence'] = []
  const sockets = createWebSockets({
    hub: createHub({ onPresence: (userId, online) => presence.push([userId, online]) }),
    allowedOrigins: ['https://shop.example'],
    rateLimit: 0,
    patienceMs: 2_000,
    onError: (error) => faults.push(error),
    ...options,
  })
  const app = Fastify()
  routeUpgrades(app.server, [sockets.handleUpgrade])
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/frames`
  let isOpen = true

  return {
    url,
    sockets,
    faults,
    presence,
    async connect(userId, settings) {
      const headers = { authorization: `Bearer ${await token(userId)}`, ...settings?.headers }
      const read = (frame: unknown) => frame as Record<string, unknown>
      const client = openFrames(url, { read }, { ...settings, headers })
      expect(await client.next()).toEqual({ hello: userId })
      return client
    },
    async stop() {
      if (!isOpen) return
      isOpen = false
      await Promise.all([app.close(), sockets.close()])
      expect(faults).toEqual([])
    },
  }
}
