import type { RoomsServerEvents } from '@parley/wire/rooms-events'
import type { Audience, ChatEvent } from '../../core/events.ts'
import { listReaders } from '../../core/history.ts'
import { listParticipants } from '../../core/participants.ts'
import { reaches } from '../../core/reach.ts'
import { accessEvents } from '../../core/subscriptions.ts'
import type { Chat, ConversationId, MessageId, UserId } from '../../core/types.ts'
import { presentUser } from '../../core/users.ts'
import type { BlobUrl } from '../../http/blobs.ts'
import type { Rooms, Vocabulary } from '../../realtime/transports/socketio-vocabulary.ts'
import { actorOf, REACH } from './auth.ts'
import type { ChatRooms } from './chat-rooms.ts'
import { messageView, participantView } from './views.ts'

/** Where a user hears of all chats, once joined. */
export const userRoom = (userId: UserId) => `user-${userId}`

interface EventsOptions {
  chat: Chat
  blobUrl: BlobUrl
  chatRooms: ChatRooms
}

type EventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>

/** What happens in a chat goes to those who have joined it; of messages, and who is there, users hear elsewhere too. */
export function roomsEvents({ chat, blobUrl, chatRooms }: EventsOptions): Vocabulary['deliver'] {
  function created(
    { message, conversationId }: EventOf<'message.created'>,
    audience: Audience,
    rooms: Rooms,
  ): void {
    const joined = chatRooms.peopled(rooms, conversationId, message.id)
    const receivers = usersOf(audience).filter((userId) => userId !== message.senderId)
    const notified = receivers.map(userRoom).filter(rooms.has)
    if (joined.length + notified.length === 0) return
    // Nobody can have read it yet.
    const payload = { chatId: String(conversationId), message: messageView(message, [], blobUrl) }
    tell(rooms, joined, 'new-message', payload)
    tell(rooms, notified, 'chat-notification', payload)
  }

  async function updated({ message }: EventOf<'message.updated'>, rooms: Rooms): Promise<void> {
    const { id, conversationId, editedAt, attachments } = message
    // Its links have previews now, of which the document knows nothing.
    if (editedAt === null && attachments.length === 0) return
    const joined = chatRooms.peopled(rooms, conversationId, id)
    if (joined.length === 0) return
    const readers = await listReaders(chat, { id: conversationId })
    const view = messageView(message, readers, blobUrl)
    tell(rooms, joined, 'message-edited', { chatId: String(conversationId), message: view })
  }

  async function added({ conversationId, userIds }: EventOf<'member.added'>, rooms: Rooms): Promise<void> {
    const joined = chatRooms.peopled(rooms, conversationId)
    if (joined.length === 0) return
    const participants = (await listParticipants(chat, [conversationId], userIds)).map(participantView)
    // Who has gone again meanwhile is none.
    if (participants.length === 0) return
    tell(rooms, joined, 'participants-added', { chatId: String(conversationId), participants })
  }

  async function removed({ conversationId, userId }: EventOf<'member.removed'>, rooms: Rooms): Promise<void> {
    const joined = chatRooms.peopled(rooms, conversationId)
    tell(rooms, joined, 'participant-removed', { chatId: String(conversationId), participantId: userId })
    const since = joined.length > 0 ? await sinceOf(conversationId, userId) : null
    chatRooms.evict(rooms, conversationId, [userId], since)
  }

  /** Who has been added again may have joined again, too. Nobody stays who cannot be asked about. */
  async function sinceOf(id: ConversationId, userId: UserId): Promise<MessageId | null> {
    const hearing = await accessEvents(chat, actorOf({ userId }), id).catch(() => null)
    return hearing && hearing.since
  }

  function deleted(event: EventOf<'message.deleted'>, rooms: Rooms): void {
    const { conversationId, messageId, deletedAt } = event
    tell(rooms, chatRooms.peopled(rooms, conversationId, messageId), 'message-deleted', {
      chatId: String(conversationId),
      messageId: String(messageId),
      deletedAt: deletedAt.toISOString(),
    })
  }

  function read(event: EventOf<'message.read'>, rooms: Rooms): void {
    const { conversationId, userId, messageId, readAt } = event
    tell(rooms, chatRooms.peopled(rooms, conversationId), 'messages-read', {
      chatId: String(conversationId),
      userId,
      readAt: readAt.toISOString(),
      lastReadMessageId: String(messageId),
    })
  }

  /** The others hear the name that the host application gave. */
  /** It comes past the log: whoever has been removed may still be in the room. */
  async function typing(event: EventOf<'typing'>, audience: Audience, rooms: Rooms): Promise<void> {
    const { conversationId, userId, isTyping } = event
    const hearing = new Set(usersOf(audience))
    const joined = chatRooms.peopled(rooms, conversationId)
    const user = joined.length > 0 ? await presentUser(chat, userId) : null
    if (!user) return
    const payload = { chatId: String(conversationId), userId, userName: user.displayName, isTyping }
    const others = [...rooms.usersIn(joined)].filter((id) => !hearing.has(id))
    tell(rooms, joined, 'user-typing', payload, others)
  }

  return (event, audience, rooms) => {
    if ('kind' in event && !reaches(REACH, event)) {
      // A group that has become a channel is nothing that the document knows.
      if (event.type === 'conversation.updated')
        chatRooms.evict(rooms, event.conversationId, usersOf(audience))
      return
    }
    switch (event.type) {
      case 'message.created':
        created(event, audience, rooms)
        return
      case 'message.updated':
        return updated(event, rooms)
      case 'message.deleted':
        deleted(event, rooms)
        return
      case 'message.read':
        read(event, rooms)
        return
      case 'member.added':
        return added(event, rooms)
      case 'member.removed':
        return removed(event, rooms)
      case 'typing':
        return typing(event, audience, rooms)
      case 'presence':
        if (event.sharing === 'pair') cameOrWent(event, audience, rooms)
        return
      case 'conversation.archived':
      case 'conversation.created':
      case 'conversation.hidden':
      case 'conversation.restored':
      case 'conversation.updated':
      case 'message.delivered':
      case 'message.pinned':
      case 'message.unpinned':
      case 'preferences.changed':
      case 'reaction.added':
      case 'reaction.removed':
      case 'session.ended':
      case 'status':
      case 'unread.changed':
      case 'archive.changed':
      case 'user.moved':
        return
    }
  }
}

function cameOrWent(
  { userId, online: isOnline, lastSeenAt }: EventOf<'presence'>,
  audience: Audience,
  rooms: Rooms,
): void {
  const companions = usersOf(audience).map(userRoom).filter(rooms.has)
  const lastSeen = lastSeenAt && lastSeenAt.toISOString()
  tell(rooms, companions, 'user-status-change', { userId, isOnline, lastSeen })
}

/** None of an organisation: the reach of the dialect holds nothing that is open to one. */
const usersOf = (audience: Audience): UserId[] => (Array.isArray(audience) ? audience : [])

function tell<Event extends keyof RoomsServerEvents>(
  rooms: Rooms,
  names: string[],
  event: Event,
  payload: RoomsServerEvents[Event],
  except?: UserId[],
): void {
  // To no room would be to everybody.
  if (names.length > 0) rooms.emit(names, event, payload, except)
}
