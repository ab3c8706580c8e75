import type { Queryable } from '../db/database.ts'
import { findMessageByClientKey, insertMessage, listMessages as list } from '../db/messages.ts'
import type { NewMessage } from '../db/messages.ts'
import { accessConversation, accessForChange } from './access.ts'
import type { Access } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Actor, Attachment, Chat, ConversationId, Cursor, Message, MessageId, UserId } from './types.ts'

export interface SendInput {
  conversationId: ConversationId
  type: Message['type']
  text: string | null
  attachment?: Attachment
  replyToId?: MessageId | undefined
  /** Who is named in the text. */
  mentions?: UserId[] | undefined
  /** The sender's own key for this message, at most 255 characters: sent again, it answers the first message. */
  clientKey?: string | undefined
}

export interface Sent {
  message: Message
  /** False for a repeat: the message is the one that was sent first. */
  created: boolean
  cursors: Cursor[]
}

/** Writes a message and tells all present members of it, the sender's other devices included. */
export function sendMessage(chat: Chat, actor: Actor, input: SendInput): Promise<Sent> {
  return change(chat, async (tx) => {
    const access = await accessForChange(tx, actor, input.conversationId)
    const first = await findFirst(tx, actor, input)
    const cursors = access.cursors ?? []
    if (first) return { message: first, created: false, cursors }
    const message = await write(tx, access, {
      conversationId: input.conversationId,
      senderId: actor.userId,
      type: input.type,
      text: input.text?.toWellFormed() ?? null,
      clientKey: input.clientKey ?? null,
      replyToId: input.replyToId ?? null,
      mentions: input.mentions ?? [],
      attachment: input.attachment ?? null,
    })
    return { message, created: true, cursors }
  })
}

/** The message that this key was sent with before, so that a retry writes nothing. */
async function findFirst(tx: Queryable, actor: Actor, input: SendInput): Promise<Message | null> {
  if (input.clientKey === undefined) return null
  return findMessageByClientKey(tx, input.conversationId, actor.userId, input.clientKey)
}

async function write(tx: Queryable, access: Access, input: NewMessage): Promise<Message> {
  const { conversationId } = input
  const inserted = await insertMessage(tx, input)
  if (!inserted) throw new ChatError('unauthenticated', 'This user no longer exists.')
  const { message, changeSeq, restored } = inserted
  await emit(tx, { type: 'message.created', conversationId, message }, access.audience, changeSeq)
  const reappears = access.hiddenAt ? [input.senderId, ...restored] : restored
  for (const userId of reappears) {
    await emit(tx, { type: 'conversation.restored', conversationId, userId }, [userId])
    // What was unread when they hid it counts again.
    await emit(tx, { type: 'unread.changed', conversationId, userId }, [userId])
  }
  return message
}

export interface MessagePage {
  messages: Message[]
  cursors: Cursor[]
}

/** A conversation's messages, newest first, below `before`. */
export async function listMessages(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  page: { before: MessageId | null; limit: number },
): Promise<MessagePage> {
  const { cursors } = await accessConversation(chat.db, actor, conversationId)
  return { messages: await list(chat.db, conversationId, page), cursors: cursors ?? [] }
}
