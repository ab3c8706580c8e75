import { fileURLToPath } from 'node:url'
import { Centrifuge } from 'centrifuge/build/protobuf'
import protobuf from 'protobufjs'

const path = fileURLToPath(new URL('../../../proto/client.proto', import.meta.url))
const root = new protobuf.Root().loadSync(path, { keepCase: true })
const [commandType, replyType] = ['Command', 'Reply'].map((name) =>
  root.lookupType(`centrifugal.centrifuge.protocol.${name}`),
) as [protobuf.Type, protobuf.Type] // two of two

/** A frame of commands with the names of client.proto, payloads as bytes. */
export function encodeCommands(commands: object[]): Buffer {
  return Buffer.concat(commands.map((command) => commandType.encodeDelimited(command).finish()))
}

/** The replies of a frame, with every default in its place; bytes are in base64. */
export function decodeReplies(frame: Buffer): unknown[] {
  const reader = protobuf.Reader.create(frame)
  const replies = []
  while (reader.pos < reader.len) replies.push(withDefaults(replyType.decodeDelimited(reader)))
  return replies
}

/** As `decodeReplies` has them. */
export function withDefaults(reply: object): unknown {
  const options = { longs: Number, bytes: String, defaults: true }
  return replyType.toObject(replyType.fromObject(reply), options)
}

interface OfficialCodec {
  encodeCommands(commands: object[]): Uint8Array
  decodeReplies(frame: Uint8Array): object[]
}

// The official client has its definitions nowhere else.
export const official = (new Centrifuge('ws://localhost') as unknown as { _codec: OfficialCodec })._codec
