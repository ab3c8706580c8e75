import type { ClientInfo } from './engine.ts'

/** Who is in a channel, on all nodes. An entry goes when it has not been renewed for its time to live. */
export interface Presence {
  /** Adds or renews. `ttl` is milliseconds. */
  add(channel: string, info: ClientInfo, ttl: number): void | Promise<void>
  remove(channel: string, client: string): void | Promise<void>
  list(channel: string): ClientInfo[] | Promise<ClientInfo[]>
  stats(channel: string): PresenceStats | Promise<PresenceStats>
}

export interface PresenceStats {
  clients: number
  users: number
}
