import { directClientEvents } from '@parley/wire/direct'
import type { DirectServerEvents } from '@parley/wire/direct'
import type { z } from 'zod'
import { openDirect } from '../../core/direct.ts'
import { ChatError } from '../../core/errors.ts'
import { listNewest } from '../../core/history.ts'
import { sendMessage } from '../../core/sending.ts'
import type { Chat, ConversationId, Message } from '../../core/types.ts'
import { meetUser } from '../../core/users.ts'
import type { BlobUrl } from '../../http/blobs.ts'
import type { SocketSession, Vocabulary } from '../../realtime/transports/socketio-vocabulary.ts'
import { createAdmissions } from './admissions.ts'
import { actorOf } from './auth.ts'
import { noSuchRoom, refusalView } from './errors.ts'
import { directEvents, personalRoom } from './events.ts'
import { createPlaces } from './paging.ts'
import type { Places } from './paging.ts'
import { messageView, parseRoomId, roomId, roomView } from './views.ts'

const HISTORY = 50
const MOST_FETCHED = 100

export interface DirectOptions {
  chat: Chat
  blobUrl: BlobUrl
  /** Whether clients may name people of whom the host application has said nothing. */
  trustClientIds: boolean
}

/** Document 003: two people, over Socket.IO. */
export function direct({ chat, blobUrl, trustClientIds }: DirectOptions): Vocabulary {
  const view = (message: Message) => messageView(message, blobUrl)
  const admissions = createAdmissions((session, message) => emit(session, 'new_message', view(message)))
  const places = new WeakMap<SocketSession, Places>()

  function placesOf(session: SocketSession): Places {
    const known = places.get(session) ?? createPlaces()
    places.set(session, known)
    return known
  }

  return {
    refusal: refusalView,
    deliver: directEvents(admissions, view),
    handlers: {
      async register_user(session, payload) {
        const { userId } = await actorOf(session, parse(directClientEvents.register_user, payload))
        session.join(personalRoom(userId))
        return undefined
      },

      async join_chat(session, payload) {
        const { userId, targetUserId } = parse(directClientEvents.join_chat, payload)
        const actor = await actorOf(session, userId)
        if (trustClientIds) await meetUser(chat, targetUserId)
        const { overview } = await openDirect(chat, actor, targetUserId)
        const { id } = overview.conversation
        placesOf(session).forget(id)
        const answer = { roomId: roomId(id), room: roomView(overview, [userId, targetUserId]) }
        await admissions.join(session, id, async () => {
          const { messages } = await listNewest(chat, actor, id, { limit: HISTORY })
          emit(session, 'room_joined', answer)
          emit(session, 'message_history', { roomId: answer.roomId, messages: messages.map(view) })
          return messages.at(-1)?.id ?? 0
        })
        return answer
      },

      async send_message(session, payload) {
        const input = parse(directClientEvents.send_message, payload)
        const actor = await actorOf(session, input.senderId)
        const { message } = await sendMessage(chat, actor, {
          conversationId: conversationOf(input.roomId),
          type: 'text',
          text: input.body,
          clientKey: input.clientMsgId,
        })
        return { message: view(message) }
      },

      async fetch_messages(session, payload) {
        const { limit, offset, ...input } = parse(directClientEvents.fetch_messages, payload)
        const actor = await actorOf(session)
        const id = conversationOf(input.roomId)
        const places = placesOf(session)
        const { messages } = await listNewest(chat, actor, id, {
          ...places.startAt(id, offset),
          limit: Math.min(limit, MOST_FETCHED),
        })
        const answer = {
          roomId: roomId(id),
          messages: messages.map(view),
          offset: places.remember(id, offset, messages),
        }
        emit(session, 'more_messages', answer)
        return answer
      },
    },
  }
}

function emit<Event extends keyof DirectServerEvents>(
  session: SocketSession,
  event: Event,
  payload: DirectServerEvents[Event],
): void {
  session.emit(event, payload)
}

/** What is wrong with a payload is said in the document's words, which the schema has. */
function parse<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.output<Schema> {
  const parsed = schema.safeParse(payload)
  if (parsed.success) return parsed.data
  throw new ChatError('invalid', parsed.error.issues[0]?.message ?? 'The payload is not valid.')
}

function conversationOf(roomId: string): ConversationId {
  const id = parseRoomId(roomId)
  if (id === null) throw noSuchRoom()
  return id
}
