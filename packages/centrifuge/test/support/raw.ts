import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'

export interface RawClient {
  ws: WebSocket
  /** Sends the commands as one frame. */
  send(...commands: unknown[]): void
  /** The next frame, one value per line. */
  frame(): Promise<unknown[]>
  /** The next message, whatever frame it came in. */
  message(): Promise<unknown>
  closed: Promise<{ code: number; reason: string }>
}

/** A bare WebSocket for the rules the official client never breaks. */
export async function openRaw(url: string, options: ClientOptions = {}): Promise<RawClient> {
  const ws = new WebSocket(url, options)
  onTestFinished(() => ws.terminate())
  const frames: unknown[][] = []
  const waiting: ((frame: unknown[]) => void)[] = []
  ws.on('message', (data) => {
    const lines = (data as Buffer).toString().split('\n')
    const frame = lines.map((line) => JSON.parse(line) as unknown)
    const taker = waiting.shift()
    if (taker) taker(frame)
    else frames.push(frame)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  await once(ws, 'open')
  const frame = async () =>
    frames.shift() ?? (await new Promise<unknown[]>((resolve) => waiting.push(resolve)))
  const rest: unknown[] = []
  const message = async () => {
    if (rest.length === 0) rest.push(...(await frame()))
    return rest.shift()
  }
  const send = (...commands: unknown[]) =>
    ws.send(commands.map((command) => JSON.stringify(command)).join('\n'))
  return { ws, send, frame, message, closed }
}

/** A raw client whose connect command has been answered. */
export async function connectRaw(url: string, connect: object = { token: 'ann' }): Promise<RawClient> {
  const raw = await openRaw(url)
  raw.send({ id: 1, connect })
  await raw.message()
  return raw
}

/** The HTTP status that refused an upgrade. */
export async function refusedStatus(url: string, options: ClientOptions = {}): Promise<number | undefined> {
  const ws = new WebSocket(url, options)
  ws.on('error', () => undefined)
  const [, response] = (await once(ws, 'unexpected-response')) as [
    unknown,
    { statusCode?: number; destroy(): void },
  ]
  response.destroy()
  return response.statusCode
}

export interface RawStream {
  /** By which requests of its own the client speaks. */
  session: string
  node: string
  client: string
  /** The next message; undefined when the stream has ended. */
  message(): Promise<unknown>
}

/** A bare `http_stream` connection whose connect command has been answered. */
export async function connectStream(base: string, connect: object = { token: 'ann' }): Promise<RawStream> {
  const left = new AbortController()
  onTestFinished(() => left.abort())
  const body = JSON.stringify({ id: 1, connect })
  const response = await fetch(`${base}/connection/http_stream`, {
    method: 'POST',
    body,
    signal: left.signal,
  })
  const messages = messagesOf(response)
  const message = async () => (await messages.next()).value
  const { connect: connected } = (await message()) as { connect: Omit<RawStream, 'message'> }
  return { ...connected, message }
}

async function* messagesOf(response: Response): AsyncGenerator<unknown, undefined> {
  let rest = ''
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as unknown
  }
  return undefined
}

/** Sends commands for a stream; answers the status. */
export async function emulate(
  base: string,
  { session, node }: Pick<RawStream, 'session' | 'node'>,
  ...commands: unknown[]
): Promise<number> {
  const data = commands.map((command) => JSON.stringify(command)).join('\n')
  const response = await fetch(`${base}/emulation`, {
    method: 'POST',
    body: JSON.stringify({ session, node, data }),
  })
  return response.status
}
