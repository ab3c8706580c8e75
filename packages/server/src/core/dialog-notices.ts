import { insertMessage } from '../db/messages.ts'
import type { Queryable } from '../db/database.ts'
import { emit } from './events.ts'
import type { Audience } from './events.ts'
import type { ConversationId } from './types.ts'

interface Named {
  name: string
  company?: string
}

/** What the server says in a dialog of what happened to it. */
export type Notice =
  | { event: 'chat_created'; participants: Named[] }
  | ({ event: 'participant_joined' } & Named)
  | { event: 'participant_left'; name: string }

/** Writes a notice as a message of nobody's: its metadata for who can read it, a sentence for everybody else. */
export async function writeNotice(
  tx: Queryable,
  { conversationId, audience }: { conversationId: ConversationId; audience: Audience },
  notice: Notice,
): Promise<void> {
  const inserted = await insertMessage(tx, {
    conversationId,
    senderId: null,
    type: 'system',
    text: sentenceOf(notice),
    html: null,
    clientKey: null,
    replyToId: null,
    mentions: [],
    metadata: { dialog: notice },
    attachment: null,
  })
  if (!inserted) throw new Error('A conversation that was locked is gone.')
  const { message, changeSeq } = inserted
  await emit(tx, { type: 'message.created', conversationId, message }, audience, changeSeq)
}

export const named = ({ displayName, company }: { displayName: string; company: string | null }): Named =>
  company === null ? { name: displayName } : { name: displayName, company }

function sentenceOf(notice: Notice): string {
  switch (notice.event) {
    case 'chat_created':
      return 'The conversation begins.'
    case 'participant_joined':
      return `${notice.name} joined.`
    case 'participant_left':
      return `${notice.name} left.`
  }
}
