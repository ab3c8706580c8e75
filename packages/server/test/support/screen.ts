import { connectionTokenResponse, subscribeTokenResponse } from '@parley/wire/workspace'
import { Centrifuge } from 'centrifuge'
import type { Subscription, SubscriptionOptions } from 'centrifuge'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Server } from '../../src/server.ts'
import type { Person, Workspace } from './workspace.ts'

export interface Heard {
  channel: string
  type: string
  data: Record<string, unknown>
  /** Undefined for what has no place in the log. */
  offset: number | undefined
}

/** The official client, and what it has heard. */
export interface Screen {
  client: Centrifuge
  heard: Heard[]
  /** Resolves with what was heard in a channel, once there is so much of it. */
  hears(channel: string, count: number): Promise<Heard[]>
  subscribe(channel: string, options?: Partial<SubscriptionOptions>): Subscription
}

export interface Address {
  url: string
  /** Cuts every connection, as a broken network does. */
  drop(): void
}

/** Listens, at a free port or at that of a server before. */
export async function listen({ app }: Server, at?: Address): Promise<Address> {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => sockets.add(socket))
  const origin = await app.listen({ port: at ? Number(new URL(at.url).port) : 0, host: '127.0.0.1' })
  return {
    url: `${origin.replace('http', 'ws')}/connection/websocket`,
    drop: () => sockets.forEach((socket) => socket.destroy()),
  }
}

export function openScreen(url: string, getToken: () => Promise<string>): Screen {
  const client = new Centrifuge(url, {
    websocket: WebSocket,
    getToken,
    minReconnectDelay: 10,
    maxReconnectDelay: 50,
  })
  const heard: Heard[] = []
  const watchers = new Set<() => void>()
  const record = ({ channel, data, offset }: { channel: string; data: unknown; offset?: number }) => {
    // Every event of the dialect has a type and data.
    heard.push({ ...(data as Pick<Heard, 'type' | 'data'>), channel, offset })
    watchers.forEach((look) => look())
  }
  client.on('publication', record)
  client.connect()
  onTestFinished(() => client.disconnect())
  return {
    client,
    heard,
    hears: (channel, count) =>
      new Promise((resolve) => {
        const look = () => {
          const found = heard.filter((publication) => publication.channel === channel)
          if (found.length < count) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
    subscribe(channel, options = {}) {
      const subscription = client.newSubscription(channel, {
        minResubscribeDelay: 1,
        maxResubscribeDelay: 20,
        ...options,
      })
      subscription.on('publication', record)
      subscription.subscribe()
      return subscription
    },
  }
}

export async function connectionToken({ call }: Workspace, person: Person): Promise<string> {
  const { body } = await call(person, '/realtime/token', {})
  return connectionTokenResponse.parse(body).data.token
}

export async function subscribeToken(
  { call }: Workspace,
  person: Person,
  conversationId: string,
): Promise<string> {
  const { body } = await call(person, '/chat/subscribe-token', { conversationId })
  return subscribeTokenResponse.parse(body).data.token
}
