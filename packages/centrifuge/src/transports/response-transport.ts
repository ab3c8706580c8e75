import type { ServerResponse } from 'node:http'
import type { Settings } from '../options.ts'
import type { Codec } from '../protocol/codec.ts'
import { createGate } from './gate.ts'
import type { Framing, Transport } from './transport.ts'
import { unsentBytes } from './unsent.ts'

interface Streamed {
  name: 'http_stream' | 'sse'
  response: ServerResponse
  codec: Codec
  framing: Framing
  settings: Settings
}

/** Messages go out as the endless body of one response; what the client sends comes by other requests. */
export function responseTransport({ name, response, codec, framing, settings }: Streamed): Transport {
  const gate = createGate(settings.queueMaxBytes)
  let written = 0
  const write = (frame: Buffer) => {
    written += frame.length
    response.write(frame)
  }
  return {
    name,
    framing,
    gate,
    write,
    bufferedBytes: () => response.writableLength,
    sentBytes: () => written - response.writableLength - unsentBytes(response.socket),
    pause: gate.close,
    resume: gate.open,
    close: (code, reason) => {
      if (response.destroyed) return
      write(framing([codec.encodePush({ type: 'disconnect', code, reason })]))
      endWithin(response, settings.closeTimeout)
    },
    terminate: () => response.destroy(),
  }
}

/** A client that reads nothing would never let it end. */
function endWithin(response: ServerResponse, timeout: number): void {
  const timer = setTimeout(() => response.destroy(), timeout)
  response.once('close', () => clearTimeout(timer))
  response.end()
}
