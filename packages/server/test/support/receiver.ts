import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What a webhook's receiver was sent. */
interface Call {
  path: string
  headers: http.IncomingHttpHeaders
  body: string
}

export interface Receiver {
  url: string
  calls: Call[]
  /** How many connections were made to it. */
  connections: number
  /** The status of the answer to a call; null for none. */
  answer: (call: Call) => number | null | Promise<number>
  close(): Promise<void>
}

/** Takes webhooks, and answers 200 unless told otherwise. */
export async function openReceiver(): Promise<Receiver> {
  const server = http.createServer((request, response) => void take(request, response))
  async function take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { url: path = '', headers } = request
    const call = { path, headers, body: await text(request) }
    receiver.calls.push(call)
    const status = await receiver.answer(call)
    if (status !== null) response.writeHead(status, { location: `${receiver.url}/elsewhere` }).end()
  }
  server.on('connection', () => (receiver.connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    calls: [],
    connections: 0,
    answer: () => 200,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}
