import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { expect } from 'vitest'
import {
  dialogsServerEvents,
  type DialogsServerEvent,
  type DialogsServerEvents,
} from '@parley/wire/dialogs-events'
import { WebSocket, type ClientOptions } from 'ws'
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
  const heard: DialogsServerEvent[] = []
  const waiting: DialogsServerEvent[] = []
  const faults: unknown[] = []
  const watchers = new Set<() => void>()

  socket.on('message', (data: Buffer, isBinary) => {
    try {
      const event = parsed(data, isBinary)
      heard.push(event)
      waiting.push(event)
    } catch (error) {
      faults.push(error)
    }
    for (const watch of watchers) watch()
  })
  // The close that follows says enough.
  socket.on('error', () => undefined)

  async function waitFor<T>(what: string, look: () => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const watch = () => {
      const found = look()
      if (faults.length > 0) reject(faults[0])
      if (found === undefined) return
      // What comes in the same moment is for the next who waits.
      watchers.delete(watch)
      resolve(found)
    }
    watchers.add(watch)
    watch()
    try {
      return await within(PATIENCE_MS, () => `${what}; not taken: ${JSON.stringify(waiting)}`, promise)
    } finally {
      watchers.delete(watch)
    }
  }

  return {
    heard,
    faults,
    next: <T extends Type>(type: T, where: (event: DialogsServerEvents[T]) => boolean = () => true) =>
      waitFor(type, () => {
        const index = waiting.findIndex((event) => isOf(type, event) && where(event))
        // It has just been found to be of that type.
        return index < 0 ? undefined : (waiting.splice(index, 1)[0] as DialogsServerEvents[T])
      }),
    all: <T extends Type>(type: T) => heard.filter((event) => isOf(type, event)),
    saw: async (what: string, condition: () => boolean) => {
      await waitFor(what, () => condition() || undefined)
    },
    rest: () => waiting.splice(0),
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
