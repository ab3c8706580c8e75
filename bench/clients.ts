import type { Person } from './parley.ts'
import type { Exchange, ReceiverOptions } from './receivers.ts'

// How the official clients of each dialect connect, as receivers do it.

export type Clients = Omit<ReceiverOptions, 'count'>

/** The command with which clients of the Centrifugo protocol begin. */
export const connect = (request: object = {}): Exchange => ({
  say: JSON.stringify({ id: 1, connect: request }),
  hear: '{"id":1,"connect":',
})

export const subscribe = (channel: string): Exchange => ({
  say: JSON.stringify({ id: 2, subscribe: { channel } }),
  hear: '{"id":2,"subscribe":',
})

export const marketplaceClients = (people: Person[]): Clients => ({
  ...signedIn(people),
  opening: () => [connect()],
})

export const workspaceClients = (tokens: string[]): Clients => ({
  opening: (n) => [connect({ token: tokens[n - 1] })],
})

export const dialogsClients = (people: Person[]): Clients => ({
  ...signedIn(people),
  path: '/api/v1/ws',
  heartbeat: '{"type":"ping"}',
  only: '{"type":"',
})

export const roomsClients = (people: Person[]): Clients => ({
  ...socketIo((n) => ['join-user-room', people[n - 1]?.id]),
  ...signedIn(people),
})

export const directClients = (people: Person[]): Clients => ({
  ...socketIo((n) => ['register_user', people[n - 1]?.id]),
  ...signedIn(people),
})

/** Engine.IO 4 over WebSocket alone. What the n-th emits, if anything, is acknowledged. */
export const socketIo = (emit?: (n: number) => [event: string, payload: unknown]): Clients => ({
  path: '/socket.io/?EIO=4&transport=websocket',
  opening: (n) => [
    { say: '40', hear: '40' },
    ...(emit ? [{ say: `421${JSON.stringify(emit(n))}`, hear: '431[{"success":true' }] : []),
  ],
  ping: { hear: '2', say: '3' },
  only: '42',
})

export const signedIn = (people: Person[]): Clients => ({ headers: (n) => people[n - 1]?.headers ?? {} })
