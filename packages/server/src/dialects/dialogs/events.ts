import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import type { ChatEvent } from '../../core/events.ts'
import { contentOf } from '../../core/html.ts'
import { reaches } from '../../core/reach.ts'
import type { ConversationId, Message, MessageId, UserId } from '../../core/types.ts'
import { toUuid } from '../../core/uuids.ts'
import type { FrameVocabulary } from '../../realtime/transports/websocket-vocabulary.ts'
import { REACH } from './auth.ts'
import type { Narrowing } from './narrowing.ts'

type EventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>

/** What happens in a dialog goes to all who are in it. */
export function dialogsEvents(narrowing: Narrowing): FrameVocabulary['deliver'] {
  return (event, audience, sockets) => {
    if ('kind' in event && !reaches(REACH, event)) return
    // None of an organisation: what is open to one is about nothing.
    const userIds = Array.isArray(audience) ? audience.filter(sockets.has) : []
    if (userIds.length === 0) return
    // Who is in a new dialog learns of it so.
    if (event.type === 'conversation.created')
      for (const userId of userIds) sockets.send([userId], joinedView(event.conversationId, userId))
    for (const view of eventViews(event))
      sockets.send(userIds, view, (session) => narrowing.hears(session, event))
  }
}

function eventViews(event: ChatEvent): DialogsServerEvent[] {
  switch (event.type) {
    case 'message.created':
      return [newView(event.message)]
    case 'message.updated':
      return editedViews(event.message)
    case 'message.deleted':
      return [{ type: 'message.deleted', id: messageId(event.messageId), dialog_id: dialogId(event) }]
    case 'message.read':
      return [readView(event)]
    case 'member.added':
      return event.userIds.map((userId) => joinedView(event.conversationId, userId))
    case 'member.removed':
    // Who leaves a dialog of two has it back once the other writes, and alone hears of either.
    case 'conversation.hidden':
      return [{ type: 'participant.left', dialog_id: dialogId(event), user_id: event.userId }]
    case 'conversation.restored':
      return [joinedView(event.conversationId, event.userId)]
    case 'archive.changed':
      return [
        { type: event.isArchived ? 'dialog.archived' : 'dialog.unarchived', dialog_id: dialogId(event) },
      ]
    case 'presence':
      if (event.sharing !== 'subject') return []
      return [{ type: 'presence.update', user_id: event.userId, is_online: event.online }]
    case 'conversation.archived':
    case 'conversation.created':
    case 'conversation.updated':
    case 'message.delivered':
    case 'message.pinned':
    case 'message.unpinned':
    case 'preferences.changed':
    case 'reaction.added':
    case 'reaction.removed':
    case 'session.ended':
    case 'status':
    case 'typing':
    case 'unread.changed':
    case 'user.moved':
      return []
  }
}

const dialogId = ({ conversationId }: { conversationId: ConversationId }) =>
  toUuid('conversation', conversationId)
const messageId = (id: MessageId) => toUuid('message', id)

function newView(message: Message): DialogsServerEvent {
  const isSystem = message.type === 'system'
  return {
    type: 'message.new',
    id: messageId(message.id),
    dialog_id: dialogId(message),
    sender_id: isSystem ? null : message.senderId,
    content: contentOf(message),
    sent_at: message.createdAt.toISOString(),
    message_type: isSystem ? 'system' : 'user',
  }
}

/** A message that got a link's preview has not been edited. */
function editedViews(message: Message): DialogsServerEvent[] {
  if (!message.editedAt) return []
  return [
    {
      type: 'message.edited',
      id: messageId(message.id),
      dialog_id: dialogId(message),
      content: contentOf(message),
      last_edited_at: message.editedAt.toISOString(),
    },
  ]
}

function readView({ conversationId, userId, messageId: id }: EventOf<'message.read'>): DialogsServerEvent {
  return {
    type: 'message.read',
    dialog_id: dialogId({ conversationId }),
    user_id: userId,
    last_read_message_id: messageId(id),
  }
}

function joinedView(conversationId: ConversationId, userId: UserId): DialogsServerEvent {
  return { type: 'participant.joined', dialog_id: dialogId({ conversationId }), user_id: userId }
}
