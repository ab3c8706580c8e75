import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { within } from '../support/wait.ts'

export interface Webhook {
  id: string
  type: 'message.new' | 'participant.joined' | 'participant.left' | 'notification.pending'
  timestamp: string
  payload: Record<string, unknown>
}

/** The host application's own server, which is told what happens. */
export interface Receiver {
  url: string
  /** What arrived with a right signature and was answered 204, in the order of arrival, repeats and all. */
  taken: Webhook[]
  /** Those that arrived while it was out of order. */
  turnedAway: Webhook[]
  faults: string[]
  isOutOfOrder: boolean
  /** Resolves once the condition holds. */
  saw: (what: string, condition: () => boolean) => Promise<void>
  close: () => Promise<void>
}

export async function openReceiver(secret: string): Promise<Receiver> {
  const watchers = new Set<() => void>()
  const server = createServer((request, response) => {
    // A server that ends may leave one half said.
    void buffer(request).then(take, () => undefined)
    function take(body: Buffer) {
      const webhook = JSON.parse(body.toString()) as Webhook
      receiver.faults.push(...faultsOf(request, body, webhook))
      const list = receiver.isOutOfOrder ? receiver.turnedAway : receiver.taken
      list.push(webhook)
      response.writeHead(receiver.isOutOfOrder ? 503 : 204).end()
      watchers.forEach((watch) => watch())
    }
  })

  function faultsOf({ headers, method }: IncomingMessage, body: Buffer, { id, type }: Webhook): string[] {
    const expected = {
      'x-webhook-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      'x-webhook-id': id,
      'x-webhook-event': type,
      'content-type': 'application/json',
    }
    const wrong = Object.entries(expected).filter(([name, value]) => headers[name] !== value)
    return [
      ...wrong.map(([name]) => `${name}: ${String(headers[name])}`),
      ...(method === 'POST' ? [] : [`${method}`]),
    ]
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const receiver: Receiver = {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/chat-events`,
    taken: [],
    turnedAway: [],
    faults: [],
    isOutOfOrder: false,
    async saw(what, condition) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const watch = () => condition() && resolve(undefined)
      watchers.add(watch)
      watch()
      const seen = () => JSON.stringify(receiver.taken.map(({ type, payload }) => [type, payload]))
      await within(30_000, () => `${what}; taken: ${seen()}`, promise).finally(() => watchers.delete(watch))
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}
