import { roomsClientEvents } from '@parley/wire/rooms-events'
import type { z } from 'zod'
import { ChatError } from '../../core/errors.ts'
import { accessEvents } from '../../core/subscriptions.ts'
import type { Actor, Chat, ConversationId } from '../../core/types.ts'
import { sendTyping } from '../../core/typing.ts'
import type { BlobUrl } from '../../http/blobs.ts'
import { refusalOf } from '../../http/errors.ts'
import { wording } from '../../http/wording.ts'
import type {
  Handler,
  SocketSession,
  SpokenRefusal,
  Vocabulary,
} from '../../realtime/transports/socketio-vocabulary.ts'
import { actorOf } from './auth.ts'
import { createChatRooms } from './chat-rooms.ts'
import { roomsEvents, userRoom } from './events.ts'

export interface RoomsSocketOptions {
  chat: Chat
  blobUrl: BlobUrl
}

/** The other half of document 002: what happens in chats, over Socket.IO. */
export function roomsSocket({ chat, blobUrl }: RoomsSocketOptions): Vocabulary {
  const chatRooms = createChatRooms()

  async function enter(session: SocketSession, actor: Actor, id: ConversationId): Promise<void> {
    const before = chatRooms.evictions()
    const { since } = await accessEvents(chat, actor, id)
    // What shut somebody out while the database was asked found no connection in the room.
    if (chatRooms.evictions() !== before) await enter(session, actor, id)
    else chatRooms.enter(session, id, since)
  }

  const typing =
    (isTyping: boolean): Handler =>
    async (session, payload) => {
      const { chatId, userId } = parse(roomsClientEvents['typing-start'], payload)
      await sendTyping(chat, await speaker(session, userId), chatId, isTyping)
      return undefined
    }

  return {
    refusal: refusalView,
    deliver: roomsEvents({ chat, blobUrl, chatRooms }),
    handlers: {
      'join-user-room': async (session, payload) => {
        const { userId } = await speaker(session, parse(roomsClientEvents['join-user-room'], payload))
        session.join(userRoom(userId))
        return undefined
      },

      'join-chat-room': async (session, payload) => {
        const id = parse(roomsClientEvents['join-chat-room'], payload)
        await enter(session, await speaker(session), id)
        return undefined
      },

      'leave-chat-room': async (session, payload) => {
        chatRooms.leave(session, parse(roomsClientEvents['leave-chat-room'], payload))
        return undefined
      },

      // Whoever is connected is online; some clients say so too.
      'user-online': async (session, payload) => {
        await speaker(session, parse(roomsClientEvents['user-online'], payload))
        return undefined
      },

      'typing-start': typing(true),
      'typing-stop': typing(false),
    },
  }
}

/** Whose the connection is, who must be who the client says it is. */
async function speaker(session: SocketSession, claimed?: string): Promise<Actor> {
  return actorOf({ userId: await session.identify(claimed) })
}

function refusalView(error: unknown): SpokenRefusal {
  const refusal = error instanceof Error ? refusalOf(error) : null
  if (!refusal) return { message: 'Something went wrong on our side.', code: 'internal' }
  return { message: refusal.message, code: refusal.code }
}

/** Throws ChatError, which names the field. */
function parse<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.output<Schema> {
  const parsed = schema.safeParse(payload, { error: wording })
  if (parsed.success) return parsed.data
  const [fault] = parsed.error.issues
  throw new ChatError('invalid', [...(fault?.path ?? []), fault?.message].join(': '))
}
