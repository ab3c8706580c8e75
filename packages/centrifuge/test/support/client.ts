import { Centrifuge, type Options } from 'centrifuge'
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf'
import { EventSource } from 'eventsource'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

interface Emitter {
  once(name: string, listener: (context: never) => void): unknown
}

/** The official client; gone when the test is. */
export function createClient(url: string, options: Partial<Options> = {}): Centrifuge {
  const client = new Centrifuge(url, {
    websocket: WebSocket,
    minReconnectDelay: 10,
    maxReconnectDelay: 50,
    ...options,
  })
  onTestFinished(() => client.disconnect())
  return client
}

export async function connectClient(url: string, options: Partial<Options> = {}): Promise<Centrifuge> {
  const client = createClient(url, { token: 'ann', ...options })
  client.connect()
  await client.ready()
  return client
}

/** The context of the next event of that name. */
export function nextEvent<Context>(emitter: Emitter, name: string): Promise<Context> {
  return new Promise((resolve) => emitter.once(name, resolve))
}

/** A way for the official client to connect. */
export interface Way {
  transport: 'websocket' | 'http_stream' | 'sse'
  encoding: 'json' | 'protobuf'
}

export const ways: Way[] = [
  { transport: 'websocket', encoding: 'json' },
  { transport: 'websocket', encoding: 'protobuf' },
  { transport: 'http_stream', encoding: 'json' },
  { transport: 'http_stream', encoding: 'protobuf' },
  { transport: 'sse', encoding: 'json' },
]

/** The official client, connecting in one way only. */
export function createClientBy({ transport, encoding }: Way, base: string, options: Partial<Options> = {}) {
  const scheme = transport === 'websocket' ? 'ws' : 'http'
  const endpoint = `${base.replace('http', scheme)}/connection/${transport}`
  const Client = encoding === 'json' ? Centrifuge : ProtobufCentrifuge
  const client = new Client([{ transport, endpoint }], {
    websocket: WebSocket,
    eventsource: EventSource,
    emulationEndpoint: `${base}/emulation`,
    minReconnectDelay: 10,
    maxReconnectDelay: 50,
    token: 'ann',
    ...options,
  })
  onTestFinished(() => client.disconnect())
  return client
}

/** A value as the client of an encoding takes it, and gives it. */
export function packed({ encoding }: Way, value: unknown): unknown {
  return encoding === 'json' ? value : new TextEncoder().encode(JSON.stringify(value))
}

export function unpacked({ encoding }: Way, data: unknown): unknown {
  return encoding === 'json' ? data : JSON.parse(new TextDecoder().decode(data as Uint8Array))
}
