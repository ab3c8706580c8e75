import type { Event } from '@parley/wire/marketplace'
import type { ChatEvent } from '../../core/events.ts'
import { reaches } from '../../core/reach.ts'
import type { UserId } from '../../core/types.ts'
import type { BlobUrl } from '../../http/blobs.ts'
import type { ChannelKind } from '../../realtime/transports/log-engine.ts'
import { REACH, isNumericId } from './auth.ts'
import { messageView, timeView } from './views.ts'

const PERSONAL = 'personal:#'

export const personalChannel = (userId: UserId): string => `${PERSONAL}${userId}`

/** The document's one channel for each user, `personal:#42`, which carries every event of the dialect. */
export function personalEvents(blobUrl: BlobUrl): ChannelKind {
  // An event looks the same to all who hear of it: encoded once, however many they are.
  const texts = new WeakMap<ChatEvent, string>()

  function encode(event: ChatEvent, viewer: UserId): string | null {
    if (!concerns(event, viewer)) return null
    const known = texts.get(event)
    if (known !== undefined) return known
    const view = eventView(event, blobUrl)
    if (!view) return null
    const text = JSON.stringify(view)
    texts.set(event, text)
    return text
  }

  return {
    open(channel) {
      const user = channel.slice(PERSONAL.length)
      if (!channel.startsWith(PERSONAL) || !isNumericId(user)) return null
      return { feed: { user, reach: REACH }, encode: (event) => encode(event, user) }
    },
    types: ['message.created', 'message.delivered', 'message.read', 'unread.changed'],
  }
}

/** Receipts are for the companion alone; the reader hears of the new total instead. */
function concerns(event: ChatEvent, viewer: UserId): boolean {
  if ('subjectType' in event && !reaches(REACH, event)) return false
  if (event.type === 'presence') return event.sharing === 'pair'
  const receipt = event.type === 'message.read' || event.type === 'message.delivered'
  return !receipt || event.userId !== viewer
}

function eventView(event: ChatEvent, blobUrl: BlobUrl): Event | null {
  switch (event.type) {
    case 'message.created': {
      const message = messageView(event.message, [], blobUrl)
      return { type: 'message.new', data: { conversation_id: event.conversationId, message } }
    }
    case 'message.delivered':
      return {
        type: 'message.delivered',
        data: { conversation_id: event.conversationId, last_message_id: event.messageId },
      }
    case 'message.read':
      return {
        type: 'message.read',
        data: {
          conversation_id: event.conversationId,
          reader_id: Number(event.userId),
          last_read_message_id: event.messageId,
        },
      }
    case 'unread.changed':
      return { type: 'unread.update', data: { total_unread: event.counts?.total ?? 0 } }
    case 'typing':
      return event.isTyping ? typingView(event) : null
    case 'presence':
      return isNumericId(event.userId) ? presenceView(event) : null
    case 'conversation.archived':
    case 'conversation.created':
    case 'conversation.hidden':
    case 'conversation.restored':
    case 'conversation.updated':
    case 'member.added':
    case 'member.removed':
    case 'message.deleted':
    case 'message.pinned':
    case 'message.unpinned':
    case 'message.updated':
    case 'preferences.changed':
    case 'reaction.added':
    case 'reaction.removed':
    case 'session.ended':
    case 'status':
    case 'archive.changed':
    case 'user.moved':
      return null
  }
}

function typingView({ conversationId, userId }: Extract<ChatEvent, { type: 'typing' }>): Event {
  return { type: 'typing', data: { conversation_id: conversationId, user_id: Number(userId) } }
}

function presenceView(event: Extract<ChatEvent, { type: 'presence' }>): Event {
  const { userId, online, lastSeenAt } = event
  return {
    type: 'presence',
    data: { user_id: Number(userId), online, last_seen_at: lastSeenAt && timeView(lastSeenAt) },
  }
}
