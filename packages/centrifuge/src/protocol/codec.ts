import type { Command } from './commands.ts'
import type { Push, Reply } from './replies.ts'

/** One encoded message; shared by all who are sent the same. */
export type Message = Buffer

/** One encoding of the protocol. */
export interface Codec {
  /** Whether frames go out as binary. */
  binary: boolean
  /** Between the messages of one frame. */
  separator: string
  ping: Message
  /** The commands of one frame, at least one. Throws Disconnect when it cannot be understood. */
  decode(frame: Buffer): Command[]
  encodeReply(reply: Reply): Message
  encodePush(push: Push): Message
}
