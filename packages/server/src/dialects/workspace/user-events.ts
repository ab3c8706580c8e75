import type { UserEvent } from '@parley/wire/workspace-events'
import type { ChatEvent, LoggedEvent } from '../../core/events.ts'
import { reaches } from '../../core/reach.ts'
import type { Chat, ConversationId, UserId } from '../../core/types.ts'
import { presentUser } from '../../core/users.ts'
import type { ChannelKind } from '../../realtime/transports/log-engine.ts'
import type { ReadUnread } from '../../realtime/unread.ts'
import { parseChannel } from './channels.ts'
import { json, placeView } from './events.ts'
import { preferencesView } from './views.ts'

/** A user's unread counts in a conversation, as the text of an event. */
export type UnreadText = ReadUnread<string>

type Counts = Pick<Extract<UserEvent, { type: 'unread.updated' }>['data'], 'unread' | 'mentions'>

export function unreadText({
  conversationId,
  ...counts
}: Counts & { conversationId: ConversationId }): string {
  const { unread, mentions } = counts
  const view: UserEvent = { type: 'unread.updated', data: { ...placeView(conversationId), unread, mentions } }
  return JSON.stringify(view)
}

/** `user:<id>`: what concerns one user alone. Of others' messages it says how many are unread now. */
export function userEvents(chat: Chat, readUnread: UnreadText): ChannelKind {
  return {
    async open(channel) {
      const name = parseChannel(channel)
      const user = name?.kind === 'user' ? await presentUser(chat, name.userId) : null
      if (!user) return null
      const reach = { org: user.orgId ?? '' }
      return {
        feed: { user: user.id, reach },
        encode(event) {
          if (!('org' in event) || !reaches(reach, event)) return null
          if (changesUnread(event, user.id)) return readUnread(user.id, event.conversationId)
          return json(userView(event, user.id))
        },
      }
    },
    types: USER_TYPES,
  }
}

const USER_TYPES: ChatEvent['type'][] = [
  'conversation.created',
  'conversation.hidden',
  'conversation.restored',
  'member.added',
  'member.removed',
  'message.created',
  'message.deleted',
  'preferences.changed',
  'unread.changed',
]

type Counted = Extract<LoggedEvent, { type: 'message.created' | 'message.deleted' }>

const changesUnread = (event: ChatEvent, viewer: UserId): event is Counted =>
  event.type === 'message.deleted' || (event.type === 'message.created' && event.message.senderId !== viewer)

function userView(event: ChatEvent, viewer: UserId): UserEvent | null {
  switch (event.type) {
    case 'conversation.created':
    case 'conversation.restored':
      return { type: 'conversation.added', data: placeView(event.conversationId) }
    case 'conversation.hidden':
      return { type: 'conversation.removed', data: placeView(event.conversationId) }
    case 'member.added':
      if (!event.userIds.includes(viewer)) return null
      return { type: 'conversation.added', data: placeView(event.conversationId) }
    case 'member.removed':
      if (event.userId !== viewer) return null
      return { type: 'conversation.removed', data: placeView(event.conversationId) }
    case 'preferences.changed': {
      const preferences = preferencesView(event.preferences)
      return { type: 'conversation.preferences', data: { ...placeView(event.conversationId), preferences } }
    }
    case 'unread.changed': {
      const { unread = 0, mentions = 0 } = event.counts ?? {}
      return { type: 'unread.updated', data: { ...placeView(event.conversationId), unread, mentions } }
    }
    case 'conversation.archived':
    case 'conversation.updated':
    case 'message.created':
    case 'message.deleted':
    case 'message.delivered':
    case 'message.pinned':
    case 'message.read':
    case 'message.unpinned':
    case 'message.updated':
    case 'presence':
    case 'reaction.added':
    case 'reaction.removed':
    case 'session.ended':
    case 'status':
    case 'typing':
    case 'archive.changed':
    case 'user.moved':
      return null
  }
}
