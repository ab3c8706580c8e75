import { directServerEvents } from '@parley/wire/direct'
import type { DirectServerEvents, Message } from '@parley/wire/direct'
import type { AddressInfo } from 'node:net'
import { io } from 'socket.io-client'
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
import { expect } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { exact, openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'

type EventName = keyof DirectServerEvents

export interface Client {
  socket: Socket
  /** The messages that it shows: the last history and what came after it. */
  shown(): Message[]
  /** The next event of this name, in the document's shape, of those nobody has asked for yet. */
  next<Event extends EventName>(event: Event): Promise<DirectServerEvents[Event]>
  /** What is left of those. */
  unheard(event: EventName): unknown[]
  /** The error that an event leads to. */
  refused(event: string, ...payload: unknown[]): Promise<DirectServerEvents['error']>
  /** Joins the chat with somebody; returns its room and its history. */
  join(me: string, other: string): Promise<DirectServerEvents['room_joined'] & { messages: Message[] }>
  send(roomId: string, senderId: string, body: string): Promise<Message>
}

export interface DirectScene extends Workspace {
  url: string
  /** Disconnects it at the end. */
  keep(socket: Socket): Socket
  /** Somebody connected, who is signed in where a person is given. */
  connect(person?: Person, options?: Partial<ManagerOptions & SocketOptions>): Promise<Client>
}

/** The whole server on a port of its own, asked by the official client. */
export async function openDirectScene(
  db: Database,
  environment: Record<string, string> = {},
): Promise<DirectScene> {
  const workspace = await openWorkspace(db, { PARLEY_PUBLIC_URL: '', ...environment })
  const { app } = workspace.server
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const sockets: Socket[] = []

  function keep(socket: Socket): Socket {
    sockets.push(socket)
    return socket
  }

  return {
    ...workspace,
    url,
    keep,
    async connect(person, options = {}) {
      const auth = person ? { token: person.token } : {}
      const socket = keep(
        io(url, {
          forceNew: true,
          transports: ['websocket'],
          auth,
          reconnectionDelay: 10,
          ...options,
        }),
      )
      const client = follow(socket)
      await new Promise((resolve, reject) => {
        socket.once('connect', () => resolve(undefined))
        socket.once('connect_error', reject)
      })
      return client
    },
    async close() {
      for (const socket of sockets) socket.disconnect()
      await workspace.close()
    },
  }
}

/** What a socket hears, each event in the shape that the document has. */
export function follow(socket: Socket): Client {
  const unheard: { event: string; payload: unknown }[] = []
  const waiting: { event: string; resolve: (payload: unknown) => void }[] = []
  let shown: Message[] = []

  socket.onAny((event: EventName, payload: unknown) => {
    exact<unknown>(directServerEvents[event], payload)
    if (event === 'message_history') shown = [...(payload as DirectServerEvents['message_history']).messages]
    if (event === 'new_message') shown.push(payload as Message)
    const [taker] = waiting.filter((one) => one.event === event)
    if (!taker) unheard.push({ event, payload })
    else waiting.splice(waiting.indexOf(taker), 1)[0]?.resolve(payload)
  })

  function next<Event extends EventName>(event: Event): Promise<DirectServerEvents[Event]> {
    const at = unheard.findIndex((one) => one.event === event)
    // Each payload has been checked against its event's schema.
    if (at !== -1) return Promise.resolve(unheard.splice(at, 1)[0]?.payload as DirectServerEvents[Event])
    return new Promise((resolve) => {
      waiting.push({ event, resolve: resolve as (payload: unknown) => void })
    })
  }

  return {
    socket,
    shown: () => shown,
    next,
    unheard: (event) => unheard.filter((one) => one.event === event).map(({ payload }) => payload),
    refused(event, ...payload) {
      socket.emit(event, ...payload)
      return next('error')
    },
    async join(userId, targetUserId) {
      socket.emit('join_chat', { userId, targetUserId })
      const joined = await next('room_joined')
      const { roomId, messages } = await next('message_history')
      expect(roomId).toBe(joined.roomId)
      return { ...joined, messages }
    },
    async send(roomId, senderId, body) {
      const answer = (await socket.emitWithAck('send_message', { roomId, senderId, body })) as {
        success: boolean
        message: Message
      }
      expect(answer).toMatchObject({ success: true })
      return answer.message
    },
  }
}
