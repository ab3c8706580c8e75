import { expect } from 'vitest'
import { Centrifuge, type DisconnectedContext, type Options, type ServerSubscribedContext } from 'centrifuge'
import { WebSocket } from 'ws'
import { eventSchema, type Event } from '@parley/wire/marketplace'
import type { Person } from './person.ts'
import { exact } from './shape.ts'
import { within } from './wait.ts'

type DataOf = { [E in Event as E['type']]: E['data'] }

/** The official client, connected as one person, with everything it was given. */
export interface Listener {
  client: Centrifuge
  channel: string
  /** Every event since the start, in the order of arrival. */
  received: Event[]
  subscriptions: ServerSubscribedContext[]
  /** Takes the first event of this type that no one has taken yet; waits for it when it is still to come. */
  next: <T extends Event['type']>(type: T, where?: (data: DataOf[T]) => boolean) => Promise<DataOf[T]>
  /** Resolves once what was received satisfies the condition; takes nothing. */
  saw: (what: string, condition: (received: Event[]) => boolean) => Promise<void>
  /** What no `next` has taken yet; taken thereby. */
  rest: () => Event[]
  /** Cuts the line without a closing handshake and keeps it cut until `restore`. */
  cut: () => Promise<void>
  restore: (url?: string) => Promise<ServerSubscribedContext>
  disconnected: Promise<DisconnectedContext>
  close: () => Promise<void>
}

export async function connect(person: Person): Promise<Listener> {
  const listener = listen(
    person.server.url,
    { cookie: `PARTIZAP_SESSION=${person.session.session}` },
    `${person.id}`,
  )
  await established(listener, `${person.name} to be connected`)
  expect(listener.channel).toBe(`personal:#${person.id}`)
  return listener
}

function established(listener: Listener, what: string) {
  const faults = listener.disconnected.then(({ code, reason }) => {
    throw new Error(`disconnected with ${code} ${reason}`)
  })
  const subscribed = new Promise((resolve) => listener.client.once('subscribed', resolve))
  return within(8000, () => what, Promise.race([faults, subscribed]))
}

/** An official client that is not waited for, with any headers on the upgrade request. */
export function listen(
  url: string,
  headers: Record<string, string>,
  userId: string,
  options: Partial<Options> = {},
): Listener {
  const line = { url, open: true, socket: undefined as WebSocket | undefined }
  // Node's own WebSocket sends no cookies; browsers do it by themselves.
  class CookieSocket extends WebSocket {
    constructor() {
      const target = line.open ? line.url.replace('http', 'ws') : 'ws://127.0.0.1:1'
      super(`${target}/connection/websocket`, { headers })
      line.socket = this
    }
  }
  const client = new Centrifuge(`${url.replace('http', 'ws')}/connection/websocket`, {
    websocket: CookieSocket,
    minReconnectDelay: 20,
    maxReconnectDelay: 200,
    ...options,
  })
  const inbox = collect(client, userId)
  const disconnected = new Promise<DisconnectedContext>((resolve) => client.on('disconnected', resolve))
  client.connect()
  return Object.assign(inbox, { client, disconnected }, lineOf(client, line, disconnected))
}

function lineOf(
  client: Centrifuge,
  line: { url: string; open: boolean; socket: WebSocket | undefined },
  disconnected: Promise<DisconnectedContext>,
) {
  return {
    cut: async () => {
      line.open = false
      const connecting = new Promise((resolve) => client.once('connecting', resolve))
      line.socket?.terminate()
      await within(5000, () => 'the client to notice that the line is cut', connecting)
    },
    restore: (url?: string) => {
      line.url = url ?? line.url
      line.open = true
      const subscribed = new Promise<ServerSubscribedContext>((resolve) => client.once('subscribed', resolve))
      return within(8000, () => 'the client to come back by itself', subscribed)
    },
    close: async () => {
      const closed = line.socket?.readyState === WebSocket.CLOSED
      const gone = closed || new Promise((resolve) => line.socket?.once('close', resolve))
      client.disconnect()
      await within(5000, () => 'the client to close', Promise.all([gone, disconnected]))
    },
  }
}

function collect(client: Centrifuge, userId: string) {
  const inbox = {
    channel: '',
    received: [] as Event[],
    subscriptions: [] as ServerSubscribedContext[],
    next: <T extends Event['type']>(type: T, where: (data: DataOf[T]) => boolean = () => true) =>
      waitFor(`${type} for user ${userId}`, () => take(type, where)),
    saw: async (what: string, condition: (received: Event[]) => boolean) => {
      await waitFor(what, () => (condition(inbox.received) ? true : undefined))
    },
    rest: () => waiting.splice(0),
  }
  const waiting: Event[] = []
  const watchers = new Set<() => void>()
  client.on('subscribed', (context) => {
    inbox.channel = context.channel
    inbox.subscriptions.push(context)
  })
  client.on('publication', (publication) => {
    const event = exact(eventSchema, publication.data)
    expect(publication.channel).toBe(`personal:#${userId}`)
    inbox.received.push(event)
    waiting.push(event)
    for (const watch of watchers) watch()
  })

  function take<T extends Event['type']>(type: T, where: (data: DataOf[T]) => boolean) {
    // The type decides the data; the compiler does not follow that through a generic parameter.
    const index = waiting.findIndex((event) => event.type === type && where(event.data as DataOf[T]))
    return index < 0 ? undefined : (waiting.splice(index, 1)[0]?.data as DataOf[T])
  }

  function waitFor<T>(what: string, look: () => T | undefined): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    const watch = () => {
      const found = look()
      if (found === undefined) return
      watchers.delete(watch)
      resolve(found)
    }
    watchers.add(watch)
    watch()
    return within(6000, () => `${what}; not taken: ${JSON.stringify(waiting)}`, promise)
  }
  return inbox
}
