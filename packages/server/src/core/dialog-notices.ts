import { eraseProfiles, listNotices, rewriteNotices } from '../db/notices.ts'
import { findAccess } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { readGround } from '../db/sending.ts'
import type { ConversationId, UserId } from './types.ts'
import { UNTOUCHED, writeDrafts } from './writing.ts'
import type { Draft } from './writing.ts'

interface Named {
  name: string
  company?: string
}

/** What the server says in a dialog of what happened to it. */
export type Notice =
  | { event: 'chat_created'; participants: Named[] }
  | ({ event: 'participant_joined' } & Named)
  | { event: 'participant_left'; name: string }

interface Place {
  conversationId: ConversationId
  /** Whom the notice names, in its order. */
  userIds: UserId[]
}

/** Writes a notice as a message of nobody's: its metadata for who can read it, a sentence for everybody else. */
export async function writeNotice(
  tx: Queryable,
  { conversationId, userIds }: Place,
  notice: Notice,
): Promise<void> {
  const [conversation, ground] = await Promise.all([
    findAccess(tx, conversationId, '', {}),
    readGround(tx, { conversationIds: [conversationId], senderIds: [], count: 1 }),
  ])
  if (!conversation) throw new Error('A conversation that was locked is gone.')
  const message: Draft['message'] = {
    ...UNTOUCHED,
    conversationId,
    senderId: null,
    type: 'system',
    text: sentenceOf(notice),
    html: null,
    clientKey: null,
    replyToId: null,
    mentions: [],
    metadata: { dialog: notice, userIds },
    attachments: [],
  }
  const draft: Draft = {
    ...{ message, hasLinks: false, reads: false, reach: {} },
    ...{ conversation, attachment: null, comesBack: false },
  }
  await writeDrafts(tx, [draft], { ground, isNumbered: false })
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

const NOBODY: Named = { name: 'Deleted user' }

/** Takes from dialogs what a user was called in them, and how to be reached. */
export async function eraseFromDialogs(tx: Queryable, userId: UserId): Promise<void> {
  await eraseProfiles(tx, userId)
  const notices = await listNotices(tx, userId)
  const rewritten = notices.map(({ id, dialog, userIds }) => {
    // Written by writeNotice.
    const notice = withoutName(dialog as Notice, (n) => userIds[n] === userId)
    return { id, text: sentenceOf(notice), dialog: notice }
  })
  if (rewritten.length > 0) await rewriteNotices(tx, rewritten)
}

function withoutName(notice: Notice, isErased: (n: number) => boolean): Notice {
  if (notice.event !== 'chat_created') return { event: notice.event, ...NOBODY }
  const participants = notice.participants.map((one, n) => (isErased(n) ? NOBODY : one))
  return { ...notice, participants }
}
