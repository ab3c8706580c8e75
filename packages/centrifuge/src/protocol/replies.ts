import type { ClientInfo, Publication, StreamPosition } from '../engine/engine.ts'
import type { PresenceStats } from '../engine/presence.ts'
import type { Payload } from '../payload.ts'

/** Where a subscriber takes differences, `data` is in the form these have in its encoding. */
export interface SentPublication extends Publication {
  isDelta?: boolean
}

/** How a subscription starts. `position` is absent where the channel is neither positioned nor recoverable. */
export interface SubscribeResult {
  position?: StreamPosition
  recoverable?: boolean
  positioned?: boolean
  /** Absent: the client did not ask for recovery. */
  recovery?: { recovered: boolean; publications: SentPublication[] }
  data?: Payload
  /** Publications come as differences. */
  delta?: boolean
  /** Seconds until the client has to send another token; undefined for never. */
  ttl?: number
}

export interface RefreshResult {
  /** Seconds until the client has to send another token; undefined for never. */
  ttl: number | undefined
}

export interface ConnectResult extends RefreshResult {
  client: string
  data?: Payload
  subs: Map<string, SubscribeResult>
  /** Seconds; 0 for no pings. */
  ping: number
  /** The secret by which HTTP requests of the client speak for the connection, and the node that has it. */
  emulation?: { session: string; node: string }
}

export interface HistoryResult {
  publications: Publication[]
  position: StreamPosition
}

/** What the server answers. */
export type Reply = { id: number } & (
  | { method: 'error'; result: { code: number; message: string; temporary: boolean } }
  | { method: 'connect'; result: ConnectResult }
  | { method: 'subscribe'; result: SubscribeResult }
  | { method: 'refresh' | 'sub_refresh'; result: RefreshResult }
  | { method: 'history'; result: HistoryResult }
  | { method: 'presence'; result: ClientInfo[] }
  | { method: 'presence_stats'; result: PresenceStats }
  | { method: 'rpc'; result: { data?: Payload } }
  | { method: 'unsubscribe' | 'publish'; result: undefined }
)

export type Push =
  | ({ channel: string } & (
      | { type: 'pub'; publication: SentPublication }
      | { type: 'join' | 'leave'; info: ClientInfo }
      | { type: 'subscribe'; result: SubscribeResult }
      | { type: 'unsubscribe'; code: number; reason: string }
    ))
  | { type: 'disconnect'; code: number; reason: string }
