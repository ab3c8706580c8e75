import type { IncomingMessage } from 'node:http'
import type { Audience, ChatEvent } from '../../core/events.ts'
import type { UserId } from '../../core/types.ts'
import type { Authenticated } from '../../http/authentication.ts'
import type { EnvelopeOptions } from '../../http/envelope.ts'

/** One connection, as a vocabulary sees it. */
export interface FrameSession {
  readonly userId: UserId
  /** One frame of JSON. */
  send(message: object): void
}

/** What is said in frames of JSON, each an object. */
export interface FrameVocabulary {
  /** Where clients connect. */
  path: string
  /** Whose a connection is to be. Throws ChatError. */
  authenticate(request: IncomingMessage): Promise<Authenticated>
  /** How a connection is refused. */
  refusal: EnvelopeOptions
  /** What a client hears first. */
  greeting(session: FrameSession): object
  /** Deals with a frame of a client, undefined where it is no JSON. Throws ChatError, which does no harm to the connection. */
  receive(session: FrameSession, message: unknown): void
  /** What the client hears of a failure; null stands for a fault of ours. */
  complaint(message: string | null): object
  /** Tells clients of an event. */
  deliver(event: ChatEvent, audience: Audience, sockets: Sockets): void
}

/** The connections of this process, by whose they are. */
export interface Sockets {
  /** Nothing need be encoded for who is not connected. */
  has(userId: UserId): boolean
  /** To each connection of these users, encoded once; not to those that do not want it. */
  send(userIds: UserId[], message: object, wants?: (session: FrameSession) => boolean): void
}
