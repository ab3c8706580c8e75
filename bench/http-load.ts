import { once } from 'node:events'
import { connect } from 'node:net'
import { timings } from './samples.ts'
import type { Sample } from './samples.ts'

/** One kept-alive connection with one request at a time, on a bare socket: the load must not be the bottleneck. */
export interface Line {
  /** Resolves with the body of a successful answer; anything else is an error. */
  exchange(request: string): Promise<Buffer>
  close(): void
}

export async function openLine(url: string): Promise<Line> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setNoDelay(true)
  await once(socket, 'connect')
  let waiting: PromiseWithResolvers<Buffer> | undefined
  let received: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const answer = parseAnswer(received)
    if (!answer) return
    received = Buffer.alloc(0)
    if (answer.ok) waiting?.resolve(answer.body)
    else waiting?.reject(new Error(`The server answered ${answer.head}\n${answer.body.toString()}`))
  })
  const fail = () => waiting?.reject(new Error(`${url} closed the connection.`))
  socket.on('error', fail).on('close', fail)
  return {
    exchange(request) {
      waiting = Promise.withResolvers()
      socket.write(request)
      return waiting.promise
    },
    close: () => void socket.destroy(),
  }
}

function parseAnswer(bytes: Buffer): { ok: boolean; head: string; body: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.toString('latin1', 0, end)
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
  if (bytes.length < end + 4 + length) return undefined
  return { ok: head.startsWith('HTTP/1.1 2'), head, body: bytes.subarray(end + 4) }
}

export interface RequestText {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string
}

/** A request as it goes over the wire. */
export function requestText({ method = 'GET', path, headers = {}, body }: RequestText): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const start = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${fields.join('')}`
  if (body === undefined) return `${start}\r\n`
  const length = Buffer.byteLength(body)
  return `${start}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`
}

/** So many clients, each sending its next request when the last one is answered. */
export async function load(
  url: string,
  { clients, seconds, request }: { clients: number; seconds: number; request: () => string },
): Promise<Sample> {
  const lines = await Promise.all(Array.from({ length: clients }, () => openLine(url)))
  const latencies: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  const client = async (line: Line) => {
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      await line.exchange(request())
      latencies.push(performance.now() - begun)
    }
  }
  try {
    await Promise.all(lines.map(client))
    return timings(latencies, (performance.now() - start) / 1000)
  } finally {
    for (const line of lines) line.close()
  }
}
