import type { Chat, Message } from '@parley/wire/rooms'
import { acknowledgementSchema, roomsServerEvents } from '@parley/wire/rooms-events'
import type { RoomsServerEvents } from '@parley/wire/rooms-events'
import type { AddressInfo } from 'node:net'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { expect } from 'vitest'
import type { z } from 'zod'
import { openDatabase } from '../../src/db/open.ts'
import { freshStore } from '../support/databases.ts'
import type { Store } from '../support/databases.ts'
import { exact, openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'

type EventName = keyof RoomsServerEvents
type Acknowledgement = z.infer<typeof acknowledgementSchema>

export interface Client {
  socket: Socket
  /** Returns what the callback is given. */
  emit(event: string, ...args: unknown[]): Promise<Acknowledgement>
  /** The same where it must go well. */
  join(event: 'join-user-room' | 'join-chat-room', id: string): Promise<void>
  /** What the event `error` says of an event that must be refused, which the callback says too. */
  refused(event: string, ...args: unknown[]): Promise<RoomsServerEvents['error']>
  /** The next event, in the shape of the schema; those that were not asked for are kept. */
  next<Event extends EventName>(event: Event): Promise<RoomsServerEvents[Event]>
  /** The names of what nobody has asked for, once everything that was under way has come. */
  unheard(): Promise<string[]>
}

export interface RoomsScene extends Omit<Workspace, 'send'> {
  url: string
  connect(person?: Person): Promise<Client>
  /** Connected and in these chats, and in the own user room. */
  present(person: Person, ...chatIds: string[]): Promise<Client>
  api<Data>(person: Person, method: string, path: string, body?: object): Promise<Data>
  /** A chat of the first with the others: a group, unless another type is named. */
  chat(people: Person[], type?: 'direct' | 'group'): Promise<string>
  send(person: Person, chatId: string, content: string): Promise<Message>
}

/** The whole server on a port of its own, asked through HTTP and by the official client. */
export async function openRoomsScene(
  kind: Store,
  environment: Record<string, string> = {},
): Promise<RoomsScene> {
  const store = await freshStore(kind)
  const { db } = await openDatabase({ ...store, onError: (fault) => expect.unreachable(String(fault)) })
  const workspace = await openWorkspace(db, { PARLEY_PUBLIC_URL: '', ...environment })
  const { app } = workspace.server
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const clients: Client[] = []

  async function connect(person?: Person): Promise<Client> {
    const auth = person ? { token: person.token } : {}
    const client = follow(io(url, { forceNew: true, transports: ['websocket'], auth, reconnectionDelay: 10 }))
    clients.push(client)
    await new Promise<void>((resolve, reject) => {
      client.socket.once('connect', resolve).once('connect_error', reject)
    })
    return client
  }

  async function api<Data>({ token }: Person, method: string, path: string, body?: object): Promise<Data> {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
    const reply = await fetch(`${url}/api/chat${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = (await reply.json()) as { success: boolean; data: Data }
    expect(answer).toMatchObject({ success: true })
    return answer.data
  }

  return {
    ...workspace,
    url,
    connect,
    api,
    async present(person, ...chatIds) {
      const client = await connect(person)
      await client.join('join-user-room', person.id)
      for (const id of chatIds) await client.join('join-chat-room', id)
      return client
    },
    async chat([first, ...others], type = 'group') {
      if (!first) throw new Error('A chat has people.')
      const participantIds = others.map(({ id }) => id)
      const { chat } = await api<{ chat: Chat }>(first, 'POST', '', { participantIds, type })
      return chat._id
    },
    async send(person, chatId, content) {
      const { message } = await api<{ message: Message }>(person, 'POST', `/${chatId}/messages`, { content })
      return message
    },
    async close() {
      for (const { socket } of clients) socket.disconnect()
      await workspace.close()
      await db.close()
      await store.drop()
    },
  }
}

function follow(socket: Socket): Client {
  const heard: { event: string; payload: unknown }[] = []
  let onHeard = () => {}

  socket.onAny((event: EventName, ...payloads: unknown[]) => {
    const [payload] = payloads
    expect(payload).toStrictEqual(roomsServerEvents[event].parse(payload))
    expect(payloads).toHaveLength(1)
    heard.push({ event, payload })
    onHeard()
  })

  async function emit(event: string, ...args: unknown[]): Promise<Acknowledgement> {
    return exact(acknowledgementSchema, await socket.emitWithAck(event, ...args))
  }

  async function next<Event extends EventName>(event: Event): Promise<RoomsServerEvents[Event]> {
    for (;;) {
      const at = heard.findIndex((one) => one.event === event)
      // It was parsed by the schema of this event.
      if (at >= 0) return heard.splice(at, 1)[0]?.payload as RoomsServerEvents[Event]
      await new Promise<void>((resolve) => {
        onHeard = resolve
      })
    }
  }

  return {
    socket,
    emit,
    next,
    async join(event, id) {
      expect([event, id, await emit(event, id)]).toEqual([event, id, { success: true }])
    },
    async refused(event, ...args) {
      const answer = await emit(event, ...args)
      const error = await next('error')
      expect(answer).toEqual({ success: false, error: error.message })
      expect(error.event).toBe(event)
      return error
    },
    async unheard() {
      // What was under way comes before the answer.
      await emit('leave-chat-room', '999999999')
      return heard.map(({ event }) => event)
    },
  }
}
