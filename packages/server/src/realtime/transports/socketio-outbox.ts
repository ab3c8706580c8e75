import type { Duplex } from 'node:stream'
import type { Socket } from 'socket.io'
import type { WebSocket } from 'ws'
import { textFrame } from './socket-writer.ts'
import type { WriteTo } from './socket-writer.ts'

/** What may wait for a client to read on, in bytes or characters. */
const MOST_WAITING = 1024 * 1024

type Conn = Socket['conn']

/** An event as Socket.IO has it, built once for all who are told. */
export interface Telling {
  packet: string
  frame: Buffer
}

/** Of the one namespace that there is. Throws what JSON cannot say. */
export function tellingOf(event: string, payload: unknown): Telling {
  const packet = `2${JSON.stringify([event, payload])}`
  return { packet, frame: textFrame(`4${packet}`) }
}

export interface Outbox {
  tell(telling: Telling): void
}

/**
 * What a connection is told along with others. The connection of a client that does not read what it is sent is closed; it
 * may come back and begin anew. What is sent at once may be longer: whoever reads gets it.
 */
export function openOutbox({ conn }: Pick<Socket, 'conn'>, writeTo: WriteTo): Outbox {
  let waiting = 0
  conn.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
    if (waiting > MOST_WAITING) conn.close(true)
    waiting += data?.length ?? 0
  })
  conn.on('flush', () => {
    waiting = 0
  })
  return {
    tell({ packet, frame }) {
      const socket = idleSocketOf(conn)
      if (!socket) conn.send(packet)
      else if (socket.writableLength > MOST_WAITING) conn.close(true)
      else writeTo(socket, frame)
    },
  }
}

/** Beneath an open WebSocket, unless the engine is about to write there, or has something that comes first. */
function idleSocketOf({ readyState, transport }: Conn): Duplex | undefined {
  if (readyState !== 'open' || transport.name !== 'websocket' || !transport.writable) return undefined
  // There is no public way to share frames.
  const { socket: ws } = transport as unknown as { socket: WebSocket & { _socket: Duplex } }
  return ws.readyState === ws.OPEN ? ws._socket : undefined
}
