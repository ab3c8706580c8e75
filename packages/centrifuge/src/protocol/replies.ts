import type { Publication, StreamPosition } from '../engine.ts'

/** How a subscription starts. `position` is absent where the channel is neither positioned nor recoverable. */
export interface SubscribeResult {
  position?: StreamPosition
  /** Absent: the client did not ask for recovery. */
  recovery?: { recovered: boolean; publications: Publication[] }
  data?: string
}

export interface RefreshResult {
  client: string
  /** Seconds until the client has to send another token; undefined for never. */
  ttl: number | undefined
}

export interface ConnectResult extends RefreshResult {
  data?: string
  subs: Map<string, SubscribeResult>
  /** Seconds; 0 for no pings. */
  ping: number
}

export interface HistoryResult {
  publications: Publication[]
  position: StreamPosition
}

/** What the server answers; `data` is JSON text. */
export type Reply = { id: number } & (
  | { method: 'error'; result: { code: number; message: string; temporary: boolean } }
  | { method: 'connect'; result: ConnectResult }
  | { method: 'subscribe'; result: SubscribeResult }
  | { method: 'refresh'; result: RefreshResult }
  | { method: 'history'; result: HistoryResult }
  | { method: 'rpc'; result: { data?: string } }
  | { method: 'unsubscribe' | 'publish'; result: undefined }
)

export type Push = { channel: string } & (
  | { type: 'pub'; publication: Publication }
  | { type: 'subscribe'; result: SubscribeResult }
  | { type: 'unsubscribe'; code: number; reason: string }
)
