/** A place in a channel's stream. An empty epoch in a question means "whichever is current". */
export interface StreamPosition {
  offset: number
  epoch: string
}

/** Who published; present on what clients publish. `connInfo` is JSON text. */
export interface ClientInfo {
  user: string
  client: string
  connInfo?: string
}

/** `data` is JSON text exactly as it goes on the wire, without raw newlines. */
export interface Publication {
  data: string
  /** Rises within an epoch, gaps allowed. Absent: ephemeral, not part of the stream. */
  offset?: number
  tags?: Record<string, string>
  info?: ClientInfo
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

export interface PublishOptions {
  /** Deliver without giving the publication a place in the stream (typing, for example). */
  ephemeral?: boolean
}

/** Where publications live. Offsets may be sparse, so the engine alone judges gaps. */
export interface Engine {
  /**
   * The channel has subscribers on this node: from when this settles hand over each of its publications, in order. What
   * `history` already shows may be delivered again; what it does not show yet must be delivered. The epoch stays the
   * same while a channel is subscribed.
   */
  subscribe(channel: string, deliver: (publication: Publication) => void): void | Promise<void>
  /** The last subscriber left. Never called before `subscribe` has settled. */
  unsubscribe(channel: string): void
  /** Where the publication stands, undefined when it has no place in the stream. */
  publish(
    channel: string,
    publication: Publication,
    options: PublishOptions,
  ): Promise<StreamPosition | undefined>
  history(channel: string, query: HistoryQuery): Promise<History>
}
