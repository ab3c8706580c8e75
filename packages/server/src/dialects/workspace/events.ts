import type { ChatEvent as ChatView, OrgEvent, StatusEvent } from '@parley/wire/workspace-events'
import type { ChatEvent, LoggedEvent } from '../../core/events.ts'
import type { ConversationId, Message } from '../../core/types.ts'
import type { BlobUrl } from '../../http/blobs.ts'
import type { ChannelKind } from '../../realtime/transports/log-engine.ts'
import { parseChannel } from './channels.ts'
import { messageView, sharedConversationView } from './views.ts'

type Type = ChatEvent['type']

/** About which message an event is: by this tag subscribers are kept from what was written before they came. */
export const MESSAGE_TAG = 'message'

/** `chat:<id>`: what happens in a conversation, the same for all who are subscribed. */
export function chatEvents(blobUrl: BlobUrl): ChannelKind {
  return {
    open(channel) {
      const name = parseChannel(channel)
      if (name?.kind !== 'chat') return null
      return {
        feed: { conversation: name.id },
        encode: (event) => json(chatView(event, blobUrl)),
        tags: (event) => tagsOf(event),
      }
    },
    types: CHAT_TYPES,
  }
}

const CHAT_TYPES: Type[] = [
  'conversation.archived',
  'conversation.updated',
  'member.added',
  'member.removed',
  'message.created',
  'message.deleted',
  'message.delivered',
  'message.pinned',
  'message.read',
  'message.unpinned',
  'message.updated',
  'reaction.added',
  'reaction.removed',
]

function chatView(event: ChatEvent, blobUrl: BlobUrl): ChatView | null {
  switch (event.type) {
    case 'message.created':
    case 'message.updated':
      return { type: event.type, data: { ...changeView(event), message: sharedView(event.message, blobUrl) } }
    case 'message.deleted': {
      const deletedAt = event.deletedAt.toISOString()
      return { type: event.type, data: { ...changeView(event), ...targetView(event), deletedAt } }
    }
    case 'reaction.added':
    case 'reaction.removed': {
      const { emoji, userId, count } = event
      return { type: event.type, data: { ...changeView(event), ...targetView(event), emoji, userId, count } }
    }
    case 'message.pinned': {
      const data = { ...changeView(event), ...targetView(event), userId: event.userId }
      return { type: event.type, data: { ...data, pinnedAt: event.pinnedAt.toISOString() } }
    }
    case 'message.unpinned':
      return { type: event.type, data: { ...changeView(event), ...targetView(event), userId: event.userId } }
    case 'conversation.updated':
    case 'conversation.archived':
      return lifeView(event)
    case 'member.added':
      return { type: event.type, data: { ...changeView(event), userIds: event.userIds, by: event.by } }
    case 'member.removed': {
      const { userId, by, heir: ownerId } = event
      return { type: event.type, data: { ...changeView(event), userId, by, ownerId } }
    }
    case 'message.read': {
      const lastReadMessageId = String(event.messageId)
      return {
        type: 'conversation.read',
        data: { ...changeView(event), userId: event.userId, lastReadMessageId },
      }
    }
    case 'message.delivered': {
      const data = { ...changeView(event), userId: event.userId }
      return {
        type: 'conversation.delivered',
        data: { ...data, lastDeliveredMessageId: String(event.messageId) },
      }
    }
    case 'typing':
      if (!event.isTyping) return null
      return { type: event.type, data: { ...placeView(event.conversationId), userId: event.userId } }
    case 'conversation.created':
    case 'conversation.hidden':
    case 'conversation.restored':
    case 'preferences.changed':
    case 'presence':
    case 'session.ended':
    case 'status':
    case 'unread.changed':
    case 'archive.changed':
    case 'user.moved':
      return null
  }
}

function lifeView(
  event: Extract<LoggedEvent, { type: 'conversation.updated' | 'conversation.archived' }>,
): OrgEvent {
  if (event.type === 'conversation.archived')
    return { type: event.type, data: { ...changeView(event), archivedAt: event.archivedAt.toISOString() } }
  const conversation = sharedConversationView(event.conversation)
  return { type: event.type, data: { ...changeView(event), conversation } }
}

export const placeView = (id: ConversationId) => ({ conversationId: String(id) })

const targetView = ({ messageId }: { messageId: number }) => ({ messageId: String(messageId) })

/** Everything that is the same for all has its number in the conversation. */
const changeView = (event: { conversationId: ConversationId; changeSeq: number | null }) => ({
  ...placeView(event.conversationId),
  seq: event.changeSeq ?? 0,
})

/** Without what says who looks at it. */
function sharedView(message: Message, blobUrl: BlobUrl) {
  return { ...messageView(message, [], blobUrl), reactions: undefined }
}

function tagsOf(event: ChatEvent): Record<string, string> | undefined {
  if ('message' in event) return { [MESSAGE_TAG]: String(event.message.id) }
  const isAbout = 'messageId' in event && event.type !== 'message.read' && event.type !== 'message.delivered'
  return isAbout ? { [MESSAGE_TAG]: String(event.messageId) } : undefined
}

/** `org:<id>`: what becomes of the channels that are open to everybody of an organisation. */
export function orgEvents(): ChannelKind {
  return {
    open(channel) {
      const name = parseChannel(channel)
      if (name?.kind !== 'org') return null
      return { feed: { org: name.org }, encode: (event) => json(orgView(event)) }
    },
    types: ['conversation.archived', 'conversation.updated'],
  }
}

const orgView = (event: ChatEvent): OrgEvent | null =>
  event.type === 'conversation.updated' || event.type === 'conversation.archived' ? lifeView(event) : null

/** `status:<org>:<user>`: a user's status when it changes; never stored. */
export function statusEvents(): ChannelKind {
  return {
    open(channel) {
      const name = parseChannel(channel)
      if (name?.kind !== 'status') return null
      return { feed: { statusOf: name.userId }, encode: (event) => json(statusView(event)) }
    },
    types: [],
  }
}

function statusView(event: ChatEvent): StatusEvent | null {
  if (event.type !== 'status') return null
  return { type: 'status.changed', data: { userId: event.userId, status: event.status } }
}

export const json = (view: object | null): string | null => view && JSON.stringify(view)
