import type { Message } from '../protocol/codec.ts'

/** Joins messages into the bytes of one write. One function per kind of transport, so that equal frames are shared. */
export type Framing = (messages: Message[]) => Buffer

/** One client's connection, whatever carries it. */
export interface Transport {
  readonly name: 'websocket' | 'http_stream' | 'sse'
  readonly framing: Framing
  /** The client's commands come as requests of their own, by a secret it gets with the connect reply. */
  readonly emulated: boolean
  write(frame: Buffer): void
  /** Bytes written that the network has not taken yet. */
  bufferedBytes(): number
  /** Bytes the network has taken so far. */
  sentBytes(): number
  /** Stop and go on reading from the client. */
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}
