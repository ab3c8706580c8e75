import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { expect } from 'vitest'
import {
  dialogsServerEvents,
  type DialogsServerEvent,
  type DialogsServerEvents,
} from '@parley/wire/dialogs-events'
import { WebSocket, type ClientOptions } from 'ws'
import { createInbox } from '../support/inbox.ts'
import { strict } from '../support/shape.ts'
import { within } from '../support/wait.ts'

type Type = DialogsServerEvent['type']

/** A plain WebSocket that has been greeted, with everything it was told. */
export interface Line {
  socket: WebSocket
  /** Every event since the greeting, in the order of arrival, each by its schema. */
  heard: DialogsServerEvent[]
  /** A text or bytes as they are, anything else as JSON. */
  say: (message: unknown) => void
  /** Takes the first event of this type that no one has taken yet; waits for it when it is still to come. */
  next: <T extends Type>(
    type: T,
    where?: (event: DialogsServerEvents[T]) => boolean,
  ) => Promise<DialogsServerEvents[T]>
  /** All events of this type so far, taken or not. */
  all: <T extends Type>(type: T) => DialogsServerEvents[T][]
  /** Resolves once the condition holds; takes nothing. */
  saw: (what: string, condition: () => boolean) => Promise<void>
  /** What no `next` has taken yet; taken thereby. */
  rest: () => DialogsServerEvent[]
  /** Resolves with the code of the closing. */
  closed: Promise<number>
  close: () => Promise<void>
}

const PATIENCE_MS = 10_000

export const socketUrl = (url: string, query: Record<string, string>): string =>
  `${url.replace('http', 'ws')}/api/v1/ws?${new URLSearchParams(query).toString()}`

export async function openLine(url: string, options: ClientOptions = {}): Promise<Line> {
  const socket = new WebSocket(url, options)
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  const { faults, ...inbox } = collect(socket)
  await once(socket, 'open')
  await inbox.next('connected')
  inbox.heard.length = 0
  return {
    ...inbox,
    socket,
    say: (message) => {
      const isRaw = typeof message === 'string' || message instanceof Uint8Array
      socket.send(isRaw ? message : JSON.stringify(message))
    },
    closed,
    close: async () => {
      socket.close()
      await within(PATIENCE_MS, () => 'the line to close', closed)
      expect(faults, 'events that are not as their schema says').toEqual([])
    },
  }
}

/** What a handshake is answered that must be refused. */
export async function refusedHandshake(url: string, options: ClientOptions = {}) {
  const socket = new WebSocket(url, options)
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  const text = Buffer.concat(await answer.toArray()).toString()
  socket.on('error', () => undefined)
  socket.terminate()
  return { status: answer.statusCode, body: JSON.parse(text) as unknown }
}

function collect(socket: WebSocket) {
  const { keep, wake, take, ...inbox } = createInbox<DialogsServerEvent>()
  socket.on('message', (data: Buffer, isBinary) => {
    keep(() => parsed(data, isBinary))
    wake()
  })
  // The close that follows says enough.
  socket.on('error', () => undefined)
  return {
    ...inbox,
    next: async <T extends Type>(type: T, where: (event: DialogsServerEvents[T]) => boolean = () => true) =>
      // It is found to be of that type.
      (await take(type, (event) => isOf(type, event) && where(event))) as DialogsServerEvents[T],
    all: <T extends Type>(type: T) => inbox.heard.filter((event) => isOf(type, event)),
  }
}

function isOf<T extends Type>(type: T, event: DialogsServerEvent): event is DialogsServerEvents[T] {
  return event.type === type
}

function parsed(data: Buffer, isBinary: boolean): DialogsServerEvent {
  expect(isBinary, 'a frame of bytes').toBe(false)
  const frame = JSON.parse(data.toString()) as { type: Type }
  expect(Object.keys(dialogsServerEvents)).toContain(frame.type)
  return strict<DialogsServerEvent>(dialogsServerEvents[frame.type], frame)
}
