import type { Codec } from '../protocol/codec.ts'
import type { Framing } from './transport.ts'

const finalText = 0x81
const finalBinary = 0x82

/** An unmasked WebSocket frame of messages (RFC 6455, 5.2), built once for all who are sent the same. */
export function websocketFraming({ binary, separator }: Codec): Framing {
  const between = Buffer.from(separator)
  const opcode = binary ? finalBinary : finalText
  return (messages) => {
    const parts = messages.flatMap((message, index) => (index === 0 ? [message] : [between, message]))
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    return Buffer.concat([header(opcode, length), ...parts])
  }
}

function header(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([opcode, length])
  if (length < 65_536) return Buffer.from([opcode, 126, length >> 8, length & 0xff])
  const bytes = Buffer.alloc(10)
  bytes.writeUInt8(opcode)
  bytes.writeUInt8(127, 1)
  bytes.writeBigUInt64BE(BigInt(length), 2)
  return bytes
}
