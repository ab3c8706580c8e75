import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Codec } from '../protocol/codec.ts'
import { jsonCodec } from '../protocol/json-codec.ts'
import { protobufCodec } from '../protocol/protobuf-codec.ts'
import type { Transport } from './transport.ts'
import { unsentBytes } from './unsent.ts'
import { websocketFraming } from './websocket-frame.ts'

interface Upgraded {
  ws: WebSocket
  socket: Duplex
  codec: Codec
  hasOwnPings: boolean
}

const framings = { json: websocketFraming(jsonCodec), protobuf: websocketFraming(protobufCodec) }

/**
 * Frames are shared between sockets, so they are written to the socket as they are, past `ws`, which would build each
 * one anew. `ws` itself writes whole frames only, so the two do not mix.
 */
export function websocketTransport({ ws, socket, codec, hasOwnPings }: Upgraded): Transport {
  let written = 0
  return {
    name: 'websocket',
    framing: framings[codec.name],
    hasOwnPings,
    write: (frame) => {
      if (ws.readyState !== WebSocket.OPEN) return
      written += frame.length
      socket.write(frame)
    },
    bufferedBytes: () => socket.writableLength,
    sentBytes: () => written - socket.writableLength - unsentBytes(socket),
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: (code, reason) => ws.close(code, reason),
    terminate: () => ws.terminate(),
  }
}
