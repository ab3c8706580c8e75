import { Centrifuge, type Options } from 'centrifuge'
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
