import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Codec } from '../protocol/codec.ts'
import { jsonCodec } from '../protocol/json-codec.ts'
import { protobufCodec } from '../protocol/protobuf-codec.ts'
import type { Framing, Transport } from './transport.ts'
import { unsentBytes } from './unsent.ts'
import { websocketFraming } from './websocket-frame.ts'

interface Upgraded {
  ws: WebSocket
  socket: Duplex
  codec: Codec
  hasOwnPings: boolean
}

const framings = { json: websocketFraming(jsonCodec), protobuf: websocketFraming(protobufCodec) }

export const websocketTransport = (upgraded: Upgraded): Transport => new WebSocketTransport(upgraded)

/**
 * Frames are shared between sockets, so they are written to the socket as they are, past `ws`, which would build each
 * one anew. `ws` itself writes whole frames only, so the two do not mix. A class, because thousands of connections would
 * each have functions of their own.
 */
class WebSocketTransport implements Transport {
  readonly name = 'websocket'
  readonly framing: Framing
  readonly hasOwnPings: boolean
  readonly #ws: WebSocket
  readonly #socket: Duplex
  #written = 0

  constructor({ ws, socket, codec, hasOwnPings }: Upgraded) {
    this.framing = framings[codec.name]
    this.hasOwnPings = hasOwnPings
    this.#ws = ws
    this.#socket = socket
  }

  write(frame: Buffer): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return
    this.#written += frame.length
    this.#socket.write(frame)
  }

  bufferedBytes(): number {
    return this.#socket.writableLength
  }

  sentBytes(): number {
    return this.#written - this.#socket.writableLength - unsentBytes(this.#socket)
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#ws.resume()
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason)
  }

  terminate(): void {
    this.#ws.terminate()
  }
}
