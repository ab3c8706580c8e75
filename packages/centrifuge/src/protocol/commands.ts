import type { StreamPosition } from '../engine/engine.ts'

export interface ConnectRequest {
  token: string
  data: unknown
  name: string
  version: string
  /** Headers the client made up, for want of real ones. */
  headers: Record<string, string>
  /** Positions the client wants its server-side subscriptions recovered from. */
  recover: Map<string, StreamPosition>
}

export interface SubscribeRequest {
  channel: string
  token: string
  data: unknown
  recover: StreamPosition | undefined
  positioned: boolean
  recoverable: boolean
  /** Wants to hear who comes and goes. */
  joinLeave: boolean
  /** The kind of differences the client understands; empty for none. */
  delta: string
  filter: FilterNode | undefined
  /** 0 is a stream; there are no other types here. */
  type: number
  rejectUnrecovered: boolean
}

/** Which publications a subscriber wants, by their tags: a tree of `and`, `or`, `not` over comparisons (no `op`). */
export interface FilterNode {
  op: string
  key: string
  cmp: string
  val: string
  vals: string[]
  nodes: FilterNode[]
}

export interface HistoryRequest {
  channel: string
  limit: number
  since: StreamPosition | undefined
  reverse: boolean
}

/**
 * What a client asks. `data` is what its JSON says, or a Uint8Array where a client of the Protobuf encoding sent bytes
 * that are no JSON; undefined when the client sent none.
 */
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
