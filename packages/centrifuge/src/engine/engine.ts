import type { Payload } from '../payload.ts'

/** A place in a channel's stream. An empty epoch in a question means "whichever is current". */
export interface StreamPosition {
  offset: number
  epoch: string
}

/** A connection as others see it. `connInfo` came with its credentials, `chanInfo` with its subscription. */
export interface ClientInfo {
  user: string
  client: string
  connInfo?: Payload
  chanInfo?: Payload
}

/** `data` is the exact text that goes on the wire. */
export interface Publication {
  data: Payload
  /** Rises within an epoch, gaps allowed. Absent: ephemeral, not part of the stream. */
  offset?: number
  tags?: Record<string, string>
  /** Who published; present on what clients publish. */
  info?: ClientInfo
  /** May be sent as the difference from the publication before it. */
  delta?: boolean
}

/** Somebody came to a channel or left it. */
export interface Announcement {
  type: 'join' | 'leave'
  info: ClientInfo
}

export interface HistoryQuery {
  /** Publications after it (with `reverse`: before it). Absent: from the beginning (with `reverse`: the end). */
  since?: StreamPosition
  /** 0 asks only for the position. */
  limit: number
  /** Newest first. */
  reverse?: boolean
}

export interface History {
  publications: Publication[]
  /** Where the stream stands; never before the newest of `publications`. */
  position: StreamPosition
  /**
   * Whether `publications` are all there ever were after `since`. False when the epoch is another, when something was
   * pruned, when `since` lies ahead of the stream, or when there are more than `limit`. Says nothing with `reverse`.
   */
  complete: boolean
}

/** What a channel keeps. Times are milliseconds. */
export interface Retention {
  size: number
  /** Publications go when nothing has been published for so long. */
  ttl: number
  /** Then the channel's epoch and offset go too. */
  metaTtl: number
}

export interface PublishOptions {
  /** Absent: the publication is delivered without a place in the stream. */
  retention?: Retention
  /** For five minutes a second publication of the channel with the same key is not made: the first one's place is answered. */
  idempotencyKey?: string
  /** A publication that is not newer than the newest of its epoch is dropped. For payloads that say the whole state. */
  version?: { number: number; epoch: string }
}

/** Where publications live. Offsets may be sparse, so the engine alone judges gaps. */
export interface Engine {
  /** Offsets have no gaps: a publication that skips one tells at once that another was lost. */
  readonly contiguous?: boolean
  /**
   * The channel has subscribers on this node: from when this settles hand over each of its publications, in order. What
   * `history` already shows may be delivered again; what it does not show yet must be delivered. The epoch stays the
   * same while a channel is subscribed.
   */
  subscribe(channel: string, deliver: (message: Publication | Announcement) => void): void | Promise<void>
  /** The last subscriber left. Never called before `subscribe` has settled. */
  unsubscribe(channel: string): void | Promise<void>
  /** Where the publication stands, undefined when it has no place in the stream. */
  publish(
    channel: string,
    publication: Publication,
    options: PublishOptions,
  ): Promise<StreamPosition | undefined>
  /** Tells the subscribers of every node. Absent: those of this node hear it. */
  announce?(channel: string, announcement: Announcement): void | Promise<void>
  history(channel: string, query: HistoryQuery): Promise<History>
  /** Forgets the publications; epoch and offset stay. Absent: not available (108). */
  removeHistory?(channel: string): Promise<void>
}
