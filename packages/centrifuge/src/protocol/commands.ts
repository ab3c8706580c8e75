import type { StreamPosition } from '../engine.ts'

export interface ConnectRequest {
  token: string
  data: unknown
  name: string
  version: string
  /** Positions the client wants its server-side subscriptions recovered from. */
  recover: Map<string, StreamPosition>
}

export interface SubscribeRequest {
  channel: string
  token: string
  data: unknown
  recover: StreamPosition | undefined
  /** 0 is a stream; there are no other types here. */
  type: number
  rejectUnrecovered: boolean
}

export interface HistoryRequest {
  channel: string
  limit: number
  since: StreamPosition | undefined
  reverse: boolean
}

/** What a client asks. `data` is parsed; undefined when the client sent none. */
export type Command = { id: number } & (
  | { method: 'connect'; request: ConnectRequest }
  | { method: 'subscribe'; request: SubscribeRequest }
  | { method: 'publish'; request: { channel: string; data: unknown } }
  | { method: 'history'; request: HistoryRequest }
  | { method: 'rpc'; request: { method: string; data: unknown } }
  | { method: 'refresh'; request: { token: string } }
  | { method: 'sub_refresh'; request: { channel: string; token: string } }
  | { method: 'unsubscribe'; request: { channel: string } }
  | { method: 'presence' | 'presence_stats'; request: { channel: string } }
  | { method: 'ping' | 'send' | 'pong'; request: undefined }
)

export type Method = Command['method']
export type CommandOf<M extends Method> = Extract<Command, { method: M }>
