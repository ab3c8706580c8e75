import type { Duplex } from 'node:stream'

// WebSocket (RFC 6455) on bare sockets: the load must not be the bottleneck.

const PING = 9
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])

/** Hands on the payload of each frame; WebSocket's own pings are answered. */
export function readFrames(socket: Duplex, onFrame: (payload: Buffer) => void): void {
  let rest: Buffer | undefined
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    for (let frame = firstFrame(bytes); frame; frame = firstFrame(bytes)) {
      if (frame.opcode === PING) socket.write(PONG)
      else onFrame(bytes.subarray(frame.start, frame.end))
      bytes = bytes.subarray(frame.end)
    }
    rest = bytes.length > 0 ? bytes : undefined
  })
}

interface Frame {
  opcode: number
  start: number
  end: number
}

/** Where the payload of the first whole frame stands; servers do not mask. */
function firstFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] ?? 0) & 127
  const start = short < 126 ? 2 : short === 126 ? 4 : 10
  if (bytes.length < start) return undefined
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : bytes.readUInt32BE(6)
  const end = start + length
  return bytes.length < end ? undefined : { opcode: (bytes[0] ?? 0) & 15, start, end }
}

/** A text frame of less than 64 KB with a mask of zeros, which is a mask all the same. */
export function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([0x81, ...size, 0, 0, 0, 0]), payload])
}
