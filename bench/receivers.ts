import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { mapInParallel } from './parallel.ts'
import { createTally } from './tally.ts'
import type { Tally } from './tally.ts'
import { maskedFrame, readFrames } from './websocket-frames.ts'

/** WebSockets that count what they are given, on bare sockets: the load must not be the bottleneck. */
export interface Receivers extends Tally {
  /** The frame that was delivered last. */
  latest(): Buffer
  close(): void
}

export interface ReceiverOptions {
  count: number
  /** Of the n-th receiver, from 1, or of each. */
  path?: string | ((n: number) => string)
  headers?: (n: number) => Record<string, string>
  /** What the n-th sends first, each upon the answer to the one before; the answers are no deliveries. */
  opening?: (n: number) => Exchange[]
  /** What the server asks while nothing happens, and the answer. */
  ping?: Exchange
  /** Sent every 20 seconds. */
  heartbeat?: string
  /** Only a message with this in it is a delivery; each, if not given. */
  only?: string
  /** Whatever comes, answers too. */
  onMessage?: (n: number, message: Buffer) => void
  /** A receiver was closed by the other side. */
  onLost?: (error: Error) => void
  /** How many connect at a time. */
  workers?: number
}

export interface Exchange {
  say: string
  /** How the other side's part begins. */
  hear: string
}

/** Where nothing else is said. */
export const WEBSOCKET_PATH = '/connection/websocket'
const PING: Exchange = { hear: '{}', say: '{}' }

const NEWLINE = 10
const HEARTBEAT_MS = 20_000

/** `tally`: where several kinds of receivers count together. */
export async function openReceivers(
  url: string,
  options: ReceiverOptions,
  { add, fail, delivered, reached } = createTally(),
): Promise<Receivers> {
  let latest: Buffer = Buffer.alloc(0)
  let closing = false

  const lose = () => {
    if (closing) return
    const error = new Error(`${url} closed a receiver.`)
    fail(error)
    options.onLost?.(error)
  }
  const sockets = await mapInParallel(
    options.count,
    async (n) => {
      const socket = await open(url, n, options, (frame, messages) => {
        latest = frame
        add(messages)
      })
      return socket.on('close', lose)
    },
    options.workers,
  )

  return {
    delivered,
    reached,
    latest: () => latest,
    close() {
      closing = true
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function open(
  url: string,
  n: number,
  options: ReceiverOptions,
  deliver: (frame: Buffer, messages: number) => void,
): Promise<Duplex> {
  const { opening, ping = PING, heartbeat, only, onMessage } = options
  const { path = WEBSOCKET_PATH } = options
  const address = `${url}${typeof path === 'string' ? path : path(n)}`
  const socket = await shakeHands(address, options.headers?.(n))
  const say = (text: string) => void socket.write(maskedFrame(text))
  const conversation = converse(opening?.(n) ?? [], say)

  function receive(frame: Buffer): void {
    let messages = 0
    for (const message of linesOf(frame)) {
      if (message.length === ping.hear.length) {
        say(ping.say)
        continue
      }
      onMessage?.(n, message)
      if (!conversation.hear(message) && isDelivery(message, only)) messages += 1
    }
    if (messages > 0) deliver(frame, messages)
  }

  readFrames(socket, receive)
  await conversation.over
  if (heartbeat !== undefined) beat(socket, () => say(heartbeat))
  return socket
}

async function shakeHands(url: string, headers: Record<string, string> = {}): Promise<Duplex> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const handshake = request(url, { headers: { ...upgrade, ...headers } }).end()
  // Node emits exactly these three.
  const [, socket, head] = (await once(handshake, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
  socket.on('error', () => undefined) // 'close' follows
  if (head.length > 0) socket.unshift(head)
  return socket
}

/** Says one thing after the other. */
function converse(exchanges: Exchange[], say: (text: string) => void) {
  const { promise: over, resolve } = Promise.withResolvers<undefined>()
  let [current, ...rest] = exchanges

  function begin(): void {
    if (current) say(current.say)
    else resolve(undefined)
  }

  begin()
  return {
    over,
    /** Whether that was an answer. */
    hear(message: Buffer): boolean {
      if (!current || message.toString('latin1', 0, current.hear.length) !== current.hear) return false
      ;[current, ...rest] = rest
      begin()
      return true
    },
  }
}

/** The Centrifugo protocol puts several messages into one frame, one on each line. */
function* linesOf(frame: Buffer): Iterable<Buffer> {
  for (let start = 0; start < frame.length;) {
    const newline = frame.indexOf(NEWLINE, start)
    const end = newline < 0 ? frame.length : newline
    yield frame.subarray(start, end)
    start = end + 1
  }
}

const isDelivery = (message: Buffer, only?: string) => only === undefined || message.includes(only)

function beat(socket: Duplex, say: () => void): void {
  const timer = setInterval(say, HEARTBEAT_MS)
  socket.on('close', () => clearInterval(timer))
}
