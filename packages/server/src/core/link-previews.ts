import { findAccess, lockConversation } from '../db/conversations.ts'
import { deletePreviewJob, insertPreviewJob, setLinkPreviews } from '../db/link-previews.ts'
import { findConversationOf, findMessage } from '../db/messages.ts'
import type { Queryable } from '../db/database.ts'
import type { LinkPreview } from '../db/schema.ts'
import { audienceOf } from './access.ts'
import { change } from './change.ts'
import { emit } from './events.ts'
import { linksIn } from './links.ts'
import type { Chat, Message, MessageId } from './types.ts'

/** Whether a text links to what somebody is to look at; then `chat.linksWritten` is to be called after the commit. */
export const hasLinks = ({ linksWritten }: Chat, text: string | null): boolean =>
  linksWritten !== undefined && linksIn(text).length > 0

/** Beside the message, so that its links are looked at however this process ends. True where there are any. */
export async function previewLater(chat: Chat, tx: Queryable, { id, text }: Message): Promise<boolean> {
  if (!hasLinks(chat, text)) return false
  await insertPreviewJob(tx, id)
  return true
}

/** Of an edited message the previews of links that are still in it. */
export function keptPreviews({ linkPreviews }: Message, text: string): LinkPreview[] {
  if (linkPreviews.length === 0) return linkPreviews
  const links = linksIn(text)
  return linkPreviews.filter(({ url }) => links.includes(url))
}

/** The message of a job, unless it is gone. */
export async function findPreviewed(db: Queryable, id: MessageId): Promise<Message | null> {
  const conversationId = await findConversationOf(db, id, {})
  return conversationId === null ? null : findMessage(db, conversationId, id)
}

/** Ends a job with what was found of a message's links, unless the message has another text meanwhile. */
export async function storePreviews(chat: Chat, message: Message, previews: LinkPreview[]): Promise<void> {
  await change(chat, async (tx) => {
    const { conversationId, id, senderId } = message
    await lockConversation(tx, conversationId)
    const now = await findMessage(tx, conversationId, id)
    // An edit has made a job of its own.
    if (now && !now.deletedAt && now.text !== message.text) return
    await deletePreviewJob(tx, id)
    const conversation = await findAccess(tx, conversationId, senderId ?? '', {})
    if (!now || now.deletedAt || !conversation) return
    if (JSON.stringify(now.linkPreviews) === JSON.stringify(previews)) return
    const changeSeq = await setLinkPreviews(tx, now, previews)
    const changed = { ...now, linkPreviews: previews }
    const event = { type: 'message.updated', conversationId, message: changed } as const
    await emit(tx, event, await audienceOf(tx, conversation), changeSeq)
  })
}
