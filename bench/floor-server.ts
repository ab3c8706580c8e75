import Fastify from 'fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { Duplex } from 'node:stream'
import { ANSWERS } from './floor-answers.ts'
import type { SendBody } from './floor-answers.ts'
import { WEBSOCKET_PATH } from './receivers.ts'

// The floors: what the same Node, Fastify and ws do when there is nothing else to do. Runs as a process of its own.

const app = Fastify()
const websockets = new WebSocketServer({ noServer: true })
/** By the path to which they have connected. */
const listeners = new Map<string, Set<Duplex>>()
const frames = new Map<string, Buffer>()
let bytes = Buffer.alloc(0)
let id = 0

interface Send {
  Body: SendBody
}

/** Floor of a send: parses the body, answers the same shape. */
for (const [dialect, answer] of Object.entries(ANSWERS))
  app.post<Send>(`/${dialect}`, async ({ body }, reply) => reply.code(201).send(answer(++id, body)))

/** Floor of a read: answers the bytes that were put there. */
app.put('/bytes', async ({ body }) => {
  bytes = Buffer.from(JSON.stringify(body))
  return {}
})
const readBytes = async (_request: FastifyRequest, reply: FastifyReply) =>
  reply.type('application/json; charset=utf-8').send(bytes)
app.get('/bytes', readBytes)
app.post('/bytes', readBytes)

/** Floor of a fan-out: to every socket the frame of its path, built once. */
app.put<{ Body: { path: string; payload: string } }>('/frame', async ({ body: { path, payload } }) => {
  frames.set(path, textFrame(Buffer.from(payload, 'base64')))
  return {}
})
app.post<Send>('/broadcast', async ({ body }, reply) => {
  for (const path of listeners.keys()) tell(path, frames.get(path))
  return reply.code(201).send(ANSWERS.marketplace(++id, body))
})

interface Relayed {
  Body: { text: string }
  Params: { path: string }
}

/** Floor of a delivery: what is sent goes to whoever has connected to that path, as it is. */
app.post<Relayed>('/relay/:path', async ({ params: { path }, body }, reply) => {
  tell(`/${path}`, textFrame(Buffer.from(body.text)))
  return reply.code(201).send(ANSWERS.marketplace(++id, body))
})

app.server.on('upgrade', (request, socket, head) =>
  websockets.handleUpgrade(request, socket, head, (websocket) => {
    websocket.on('error', () => undefined)
    const { url: path = '/' } = request
    const speak = speakers[path]
    if (speak) speak(websocket)
    else listen(path, websocket, socket)
  }),
)

function listen(path: string, websocket: WebSocket, socket: Duplex): void {
  const others = listeners.get(path) ?? new Set()
  listeners.set(path, others.add(socket))
  websocket.on('close', () => others.delete(socket))
}

/** Who connects to these paths is heard by those who listen. */
const speakers: Record<string, (websocket: WebSocket) => void> = {
  /** Floor of a message. */
  '/echo'(websocket) {
    websocket.on('message', (data: Buffer) => tell(WEBSOCKET_PATH, textFrame(data)))
  },
  /** Floor of coming and going. */
  '/presence'(websocket) {
    tell(WEBSOCKET_PATH, frames.get(WEBSOCKET_PATH))
    websocket.on('close', () => tell(WEBSOCKET_PATH, frames.get(WEBSOCKET_PATH)))
  },
}

function tell(path: string, frame: Buffer = Buffer.alloc(0)): void {
  for (const socket of listeners.get(path) ?? []) socket.write(frame)
}

function textFrame(payload: Buffer): Buffer {
  const { length } = payload
  const header = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(header), payload])
}

process.once('SIGTERM', () => process.exit(0))
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
