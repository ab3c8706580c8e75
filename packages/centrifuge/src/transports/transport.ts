import type { Message } from '../protocol/codec.ts'
import type { Gate } from './gate.ts'

/** Joins messages into the bytes of one write. One function per kind of transport, so that equal frames are shared. */
export type Framing = (messages: Message[]) => Buffer

/** One client's connection, whatever carries it. */
export interface Transport {
  readonly name: 'websocket' | 'http_stream' | 'sse'
  readonly framing: Framing
  /** What the client's commands pass that come as requests of their own; undefined where the connection brings them. */
  readonly gate?: Gate
  /** It finds out by itself that a client is gone, so that the session sends no pings. */
  readonly hasOwnPings?: boolean
  write(frame: Buffer): void
  /** Bytes written that the network has not taken yet. */
  bufferedBytes(): number
  /** Changes whenever the network takes something. */
  sentBytes(): number
  /** Stop and go on reading from the client. */
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}
