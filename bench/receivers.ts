import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { mapInParallel } from './parallel.ts'
import { createTally } from './tally.ts'
import type { Tally } from './tally.ts'

/** WebSockets that count what they are given, on bare sockets: the load must not be the bottleneck. */
export interface Receivers extends Tally {
  /** The text that was delivered last. */
  latest(): string
  close(): void
}

export interface ReceiverOptions {
  count: number
  /** Of the n-th receiver, from 1. */
  headers?: (n: number) => Record<string, string>
  /** What the n-th sends first, each upon the answer to the one before; the answers are no deliveries. */
  opening?: (n: number) => Exchange[]
  /** What the server asks while nothing happens, and the answer. */
  ping?: Exchange
  /** Sent every 20 seconds. */
  heartbeat?: string
  /** Only what begins so is a delivery; everything, if not given. */
  only?: string
  path?: string
  /** How many connect at a time. */
  workers?: number
}

export interface Exchange {
  say: string
  /** How the other side's part begins. */
  hear: string
}

type Deliver = (payload: Buffer, messages: number) => void

const PING: Exchange = { hear: '{}', say: '{}' }
const NEWLINE = 10
const HEARTBEAT_MS = 20_000

export async function openReceivers(url: string, options: ReceiverOptions): Promise<Receivers> {
  const { add, fail, delivered, reached } = createTally()
  let latest: Buffer = Buffer.alloc(0)
  let closing = false

  const deliver = (payload: Buffer, messages: number) => {
    latest = payload
    add(messages)
  }
  const lose = () => {
    if (!closing) fail(new Error(`${url} closed a receiver.`))
  }
  const sockets = await mapInParallel(options.count, (n) => open(url, n, options, deliver), options.workers)
  for (const socket of sockets) socket.on('close', lose)

  return {
    delivered,
    reached,
    latest: () => latest.toString(),
    close() {
      closing = true
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function open(
  url: string,
  n: number,
  { headers, opening, heartbeat, only = '', ping = PING, path = '/connection/websocket' }: ReceiverOptions,
  deliver: Deliver,
): Promise<Duplex> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const handshake = request(`${url}${path}`, { headers: { ...upgrade, ...headers?.(n) } }).end()
  // Node emits exactly these three.
  const [, socket, head] = (await once(handshake, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
  socket.on('error', () => undefined) // 'close' follows
  if (head.length > 0) socket.unshift(head)
  const listen: Deliver = (payload, messages) => {
    if (begins(payload, only)) deliver(payload, messages)
  }
  const pong = maskedFrame(ping.say)
  let receive = listen
  readFrames(socket, (payload) => {
    const { messages, pinged } = countLines(payload, ping.hear)
    if (pinged) socket.write(pong)
    if (messages > 0) receive(payload, messages)
  })
  for (const { say, hear } of opening?.(n) ?? []) {
    const heard = Promise.withResolvers<undefined>()
    receive = (payload) => {
      if (!begins(payload, hear)) return
      receive = listen
      heard.resolve(undefined)
    }
    socket.write(maskedFrame(say))
    await heard.promise
  }
  if (heartbeat !== undefined) beat(socket, maskedFrame(heartbeat))
  return socket
}

const begins = (payload: Buffer, text: string) => payload.toString('latin1', 0, text.length) === text

function beat(socket: Duplex, frame: Buffer): void {
  const timer = setInterval(() => socket.write(frame), HEARTBEAT_MS)
  socket.on('close', () => clearInterval(timer))
}

/** The Centrifugo protocol puts several messages into one frame, one on each line; a ping is known by its length. */
function countLines(payload: Buffer, ping: string): { messages: number; pinged: boolean } {
  let [messages, pinged] = [0, false]
  for (let start = 0; start < payload.length;) {
    const newline = payload.indexOf(NEWLINE, start)
    const end = newline < 0 ? payload.length : newline
    if (end - start === ping.length) pinged = true
    else messages += 1
    start = end + 1
  }
  return { messages, pinged }
}

function readFrames(socket: Duplex, onFrame: (payload: Buffer) => void): void {
  let rest: Buffer | undefined
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    for (let frame = firstFrame(bytes); frame; frame = firstFrame(bytes)) {
      onFrame(bytes.subarray(frame.start, frame.end))
      bytes = bytes.subarray(frame.end)
    }
    rest = bytes.length > 0 ? bytes : undefined
  })
}

/** Where the payload of the first whole frame stands; servers do not mask. */
function firstFrame(bytes: Buffer): { start: number; end: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] ?? 0) & 127
  const start = short < 126 ? 2 : short === 126 ? 4 : 10
  if (bytes.length < start) return undefined
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : bytes.readUInt32BE(6)
  return bytes.length < start + length ? undefined : { start, end: start + length }
}

/** A text frame of up to 64 KB with a mask of zeros, which is a mask all the same. */
function maskedFrame(text: string): Buffer {
  const { length } = text
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255]
  return Buffer.from([0x81, ...size, 0, 0, 0, 0, ...Buffer.from(text)])
}
