import Fastify from 'fastify'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { Duplex } from 'node:stream'
import { ANSWERS } from './floor-answers.ts'
import type { SendBody } from './floor-answers.ts'

// The floors: what the same Node, Fastify and ws do when there is nothing else to do. Runs as a process of its own.

const app = Fastify()
const websockets = new WebSocketServer({ noServer: true })
const sockets: Duplex[] = []
let bytes = Buffer.alloc(0)
let frame: Buffer = Buffer.alloc(0)
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
app.get('/bytes', async (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes))

/** Floor of a delivery: one frame, built once, to every socket. */
app.put<{ Body: { payload: string } }>('/frame', async ({ body }) => {
  frame = textFrame(Buffer.from(body.payload))
  return {}
})
app.post<Send>('/broadcast', async ({ body }, reply) => {
  tellAll(frame)
  return reply.code(201).send(ANSWERS.marketplace(++id, body))
})

app.server.on('upgrade', (request, socket, head) =>
  websockets.handleUpgrade(request, socket, head, (websocket) => {
    websocket.on('error', () => undefined)
    const join = speakers[request.url ?? ''] ?? listen
    join(websocket, socket)
  }),
)

function listen(websocket: WebSocket, socket: Duplex): void {
  sockets.push(socket)
  websocket.on('close', () => sockets.splice(sockets.indexOf(socket), 1))
}

/** Who connects to these paths is heard by those who listen. */
const speakers: Record<string, typeof listen> = {
  /** Floor of a message. */
  '/echo'(websocket) {
    websocket.on('message', (data: Buffer) => tellAll(textFrame(data)))
  },
  /** Floor of coming and going. */
  '/presence'(websocket) {
    tellAll(frame)
    websocket.on('close', () => tellAll(frame))
  },
}

function tellAll(bytes: Buffer): void {
  for (const socket of sockets) socket.write(bytes)
}

function textFrame(payload: Buffer): Buffer {
  const { length } = payload
  const header = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(header), payload])
}

process.once('SIGTERM', () => process.exit(0))
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
