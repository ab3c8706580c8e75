import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'

/** A client of a plain WebSocket that speaks JSON. */
export interface FrameClient<Frame> {
  ws: WebSocket
  /** Sends a text as it is, and anything else as JSON. */
  say(message: unknown): void
  /** The next frame that nobody has taken yet. */
  next(): Promise<Frame>
  /** Resolves once the connection is no more. */
  closed: Promise<{ code: number; reason: string }>
}

interface Reading<Frame> {
  /** Checks what comes. */
  read: (frame: unknown) => Frame
  /** What is kept of it; everything where nothing is said. */
  keep?: ((frame: Frame) => boolean) | undefined
}

/** A client that is connecting. */
export function openFrames<Frame>(
  url: string,
  { read, keep = () => true }: Reading<Frame>,
  options?: ClientOptions,
): FrameClient<Frame> {
  const ws = new WebSocket(url, options)
  const frames: Frame[] = []
  const takers: ((frame: Frame) => void)[] = []
  ws.on('message', (data, isBinary) => {
    if (isBinary) throw new Error('Frames are text.')
    const frame = read(JSON.parse((data as Buffer).toString()))
    if (!keep(frame)) return
    const take = takers.shift()
    if (take) take(frame)
    else frames.push(frame)
  })
  // The close that follows says enough.
  ws.on('error', () => undefined)
  return {
    ws,
    say: (message) => ws.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next() {
      const frame = frames.shift()
      return frame === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(frame)
    },
    closed: new Promise((resolve) => {
      ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    }),
  }
}

export interface Refused {
  status: number | undefined
  body: unknown
}

/** What a handshake is answered that must be refused. */
export async function refusedUpgrade(url: string, options?: ClientOptions): Promise<Refused> {
  const ws = new WebSocket(url, options)
  const [, reply] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage]
  const text = Buffer.concat(await reply.toArray()).toString()
  ws.on('error', () => undefined)
  ws.terminate()
  return { status: reply.statusCode, body: JSON.parse(text) as unknown }
}
