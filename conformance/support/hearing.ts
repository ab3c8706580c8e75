import { expect } from 'vitest'
import { Centrifuge, type Subscription } from 'centrifuge'
import { WebSocket } from 'ws'
import {
  chatEventSchema,
  orgEventSchema,
  statusEventSchema,
  userEventSchema,
  type ChatEvent,
  type OrgEvent,
  type StatusEvent,
  type UserEvent,
} from '@parley/wire/workspace-events'
import type { Colleague } from './colleague.ts'
import { createInbox } from './inbox.ts'
import { exact } from './shape.ts'
import { within } from './wait.ts'

type WorkspaceEvent = ChatEvent | UserEvent | OrgEvent | StatusEvent
type DataOf<T extends WorkspaceEvent['type']> = Extract<WorkspaceEvent, { type: T }>['data']

export interface Heard {
  channel: string
  event: WorkspaceEvent
}

/** The official client, connected as one colleague, with everything it was given. */
export interface Hearing {
  client: Centrifuge
  /** Every event since the start, in the order of arrival, each by the schema of its channel. */
  heard: Heard[]
  /** Subscribes to a conversation with a token for it, or to any other channel without one. */
  subscribe: (channel: string) => Promise<Subscription>
  unsubscribe: (channel: string) => void
  /** Resolves with the code by which the server, unasked, ends or has ended a subscription. */
  ended: (channel: string) => Promise<number>
  /** Takes the first event of this type that no one has taken yet; waits for it when it is still to come. */
  next: <T extends WorkspaceEvent['type']>(
    type: T,
    where?: (data: DataOf<T>, channel: string) => boolean,
  ) => Promise<DataOf<T>>
  /** Resolves once the condition holds; takes nothing. */
  saw: (what: string, condition: () => boolean) => Promise<void>
  /** What no `next` has taken yet; taken thereby. */
  rest: () => Heard[]
  /** Cuts the line without a closing handshake and keeps it cut until `restore`. */
  cut: () => Promise<void>
  /** Whether each channel that is subscribed again has given everything that was missed. */
  restore: () => Promise<Map<string, boolean>>
  close: () => Promise<void>
}

const prefixed = {
  chat: chatEventSchema,
  user: userEventSchema,
  org: orgEventSchema,
  status: statusEventSchema,
}

function parseEvent(channel: string, data: unknown): WorkspaceEvent {
  const [prefix = ''] = channel.split(':')
  const schema = Object.entries(prefixed).find(([name]) => name === prefix)?.[1]
  if (!schema) throw new Error(`an event on ${channel}`)
  return exact<WorkspaceEvent>(schema, data)
}

export async function hear(url: string, colleague: Colleague): Promise<Hearing> {
  const line = { open: true, socket: undefined as WebSocket | undefined }
  class CuttableSocket extends WebSocket {
    constructor() {
      super(`${line.open ? url.replace('http', 'ws') : 'ws://127.0.0.1:1'}/connection/websocket`)
      line.socket = this
    }
  }
  const client = new Centrifuge(`${url.replace('http', 'ws')}/connection/websocket`, {
    websocket: CuttableSocket,
    minReconnectDelay: 20,
    maxReconnectDelay: 200,
    getToken: async () => (await colleague.ask('get-connection-token')).data.token,
  })
  const inbox = collect(client, colleague)
  const disconnected = new Promise<unknown>((resolve) => client.once('disconnected', resolve))
  client.connect()
  await within(8000, () => `${colleague.id} to be connected`, client.ready())
  return {
    ...inbox,
    client,
    cut: async () => {
      line.open = false
      const connecting = new Promise((resolve) => client.once('connecting', resolve))
      line.socket?.terminate()
      await within(5000, () => 'the client to notice that the line is cut', connecting)
    },
    restore: async () => {
      inbox.recovered.clear()
      line.open = true
      await within(8000, () => 'the client to come back by itself', client.ready())
      const own = Object.values(client.subscriptions())
      await within(
        8000,
        () => 'its subscriptions to come back',
        Promise.allSettled(own.map((it) => it.ready())),
      )
      return inbox.recovered
    },
    close: async () => {
      const closed = line.socket?.readyState === WebSocket.CLOSED
      const gone = closed || new Promise((resolve) => line.socket?.once('close', resolve))
      client.disconnect()
      await within(5000, () => 'the client to close', Promise.all([gone, disconnected]))
      expect(inbox.faults, 'events that are not as their schema says').toEqual([])
    },
  }
}

function collect(client: Centrifuge, colleague: Colleague) {
  const { keep, wake, take, waitFor, ...inbox } = createInbox<Heard>()
  const recovered = new Map<string, boolean>()
  const endings = new Map<string, number>()

  const receive = ({ channel, data }: { channel: string; data: unknown }) => {
    keep(() => ({ channel, event: parseEvent(channel, data) }))
    wake()
  }
  client.on('publication', receive)
  client.on('subscribed', ({ channel, recovered: all }) => recovered.set(channel, all))

  function unsubscribe(channel: string) {
    const subscription = client.getSubscription(channel)
    if (subscription) client.removeSubscription(subscription)
  }

  async function subscribe(channel: string) {
    unsubscribe(channel)
    const [kind, conversationId] = channel.split(':')
    const getToken = async () => {
      const { data } = await colleague.ask('get-subscribe-token', { conversationId })
      expect(data.channel).toBe(channel)
      return data.token
    }
    const subscription = client.newSubscription(channel, kind === 'chat' ? { getToken } : {})
    subscription.on('publication', receive)
    subscription.on('subscribed', ({ recovered: all }) => recovered.set(channel, all))
    subscription.on('unsubscribed', ({ code }) => {
      endings.set(channel, code)
      wake()
    })
    subscription.subscribe()
    await within(8000, () => `${colleague.id} to be subscribed to ${channel}`, subscription.ready())
    return subscription
  }

  async function next<T extends WorkspaceEvent['type']>(
    type: T,
    where: (data: DataOf<T>, channel: string) => boolean = () => true,
  ) {
    // The type decides the data; the compiler does not follow that through a generic parameter.
    const { event } = await take(
      `${type} for ${colleague.id}`,
      ({ event, channel }) => event.type === type && where(event.data as DataOf<T>, channel),
    )
    return event.data as DataOf<T>
  }

  return {
    ...inbox,
    recovered,
    subscribe,
    unsubscribe,
    next,
    ended: (channel: string) => waitFor(`the end of ${channel}`, () => endings.get(channel)),
  }
}
