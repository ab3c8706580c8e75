import { dialogsServerEvents } from '@parley/wire/dialogs-events'
import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import type { ClientOptions } from 'ws'
import { sendMessage } from '../../src/core/sending.ts'
import type { SendInput } from '../../src/core/drafts.ts'
import type { Actor, Chat, Message } from '../../src/core/types.ts'
import { toUuid } from '../../src/core/uuids.ts'
import { openDatabase } from '../../src/db/open.ts'
import { newActor, newConversation } from '../support/chat.ts'
import { freshStore } from '../support/databases.ts'
import { openFrames } from '../support/frames.ts'
import type { FrameClient } from '../support/frames.ts'
import { exact, openWorkspace } from '../support/workspace.ts'
import { hs256 } from '../tokens.ts'

export interface Client extends FrameClient<DialogsServerEvent> {
  /** Everything that comes before the answer to a ping sent now, which is not part of it. */
  heard(): Promise<DialogsServerEvent[]>
}

/** Two people who talk about a product, both connected; who is there they disregard. */
interface Talk {
  id: number
  dialog_id: string
  anna: Actor
  boris: Actor
  hers: Client
  his: Client
  /** One more socket of hers. */
  another(): Promise<Client>
}

interface ConnectOptions extends ClientOptions {
  /** Which events are not disregarded; all where nothing is said. */
  keep?: (event: DialogsServerEvent) => boolean
}

export interface DialogsScene {
  chat: Chat
  /** Of the server, `http:`. */
  origin: string
  /** Where to connect, with what is asked for there. */
  url(query?: Record<string, string>): string
  person(): Promise<Actor>
  token(userId: string): Promise<string>
  cookie(userId: string): Promise<string>
  /** Connects and has been greeted. */
  connect(userId: string, query: Record<string, string>, options?: ConnectOptions): Promise<Client>
  /** The same with a token. */
  watch(actor: Actor): Promise<Client>
  talk(): Promise<Talk>
  send(actor: Actor, conversationId: number, input?: Partial<SendInput>): Promise<Message>
  close(): Promise<void>
}

/** The whole server on a port of its own. */
export async function openDialogsScene(environment: Record<string, string> = {}): Promise<DialogsScene> {
  const store = await freshStore('embedded')
  const { db } = await openDatabase({ ...store, onError: (fault) => expect.unreachable(String(fault)) })
  const workspace = await openWorkspace(db, { PARLEY_PUBLIC_URL: '', ...environment })
  const { app, chat } = workspace.server
  await app.listen({ port: 0, host: '127.0.0.1' })
  const host = `127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const url = (query: Record<string, string> = {}) =>
    `ws://${host}/api/v1/ws?${new URLSearchParams(query).toString()}`

  const token = (sub: string) => hs256({ sub, exp: Math.floor(Date.now() / 1000) + 60 })

  async function connect(
    userId: string,
    query: Record<string, string>,
    { keep, ...options }: ConnectOptions = {},
  ): Promise<Client> {
    const client = openFrames(url(query), { read: readEvent, keep }, options)
    expect(await client.next()).toEqual({ type: 'connected', employee_id: userId })
    return { ...client, heard: () => heard(client) }
  }

  const watch = async ({ userId }: Actor, options?: ConnectOptions) =>
    connect(userId, { token: await token(userId) }, options)
  const enter = (actor: Actor) => watch(actor, { keep: ({ type }) => type !== 'presence.update' })

  return {
    chat,
    origin: `http://${host}`,
    url,
    token,
    connect,
    watch,
    person: () => newActor(chat),
    cookie: async (id) => (await workspace.session({ id, token: '' })).cookie,
    async talk() {
      const [anna, boris] = [await newActor(chat), await newActor(chat)]
      const [hers, his] = [await enter(anna), await enter(boris)]
      const id = await newConversation(chat, anna, boris)
      for (const client of [hers, his])
        expect(await client.next()).toMatchObject({ type: 'participant.joined' })
      const dialog_id = toUuid('conversation', id)
      return { id, dialog_id, anna, boris, hers, his, another: () => enter(anna) }
    },
    async send(actor, conversationId, input) {
      const plain = { conversationId, type: 'text', text: 'Hello!' } as const
      return (await sendMessage(chat, actor, { ...plain, ...input })).message
    },
    async close() {
      await workspace.close()
      await db.close()
      await store.drop()
    },
  }
}

/** In the document's shape, with nothing beside. */
function readEvent(frame: unknown): DialogsServerEvent {
  const { type } = frame as { type: DialogsServerEvent['type'] }
  return exact<DialogsServerEvent>(dialogsServerEvents[type], frame)
}

async function heard(client: FrameClient<DialogsServerEvent>): Promise<DialogsServerEvent[]> {
  client.say({ type: 'ping' })
  const events: DialogsServerEvent[] = []
  for (;;) {
    const event = await client.next()
    if (event.type === 'pong') return events
    events.push(event)
  }
}
