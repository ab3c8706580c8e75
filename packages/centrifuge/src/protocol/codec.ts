import type { Payload } from '../payload.ts'
import type { Command } from './commands.ts'
import type { Push, Reply } from './replies.ts'

/** One encoded message; shared by all who are sent the same. */
export type Message = Buffer

/** One encoding of the protocol. */
export interface Codec {
  readonly name: 'json' | 'protobuf'
  /** Whether frames go out as binary. */
  readonly binary: boolean
  /** Between the messages of one frame. */
  readonly separator: string
  readonly ping: Message
  /** The commands of one frame, at least one. Throws Disconnect when it cannot be understood. */
  decode(frame: Buffer): Command[]
  /** Throws Disconnect (3506) for a payload that this encoding cannot carry. */
  encodeReply(reply: Reply): Message
  encodePush(push: Push): Message
  /** The form of a payload, or of a difference, for a subscriber that takes differences. Undefined: it has none. */
  deltaForm(payload: Payload): Payload | undefined
}
