import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, Chat, ConversationId, Message } from '../../src/core/types.ts'
import { putUser } from '../../src/core/users.ts'
import type { TestChat } from '../support/chat.ts'

let last = 0

/** Somebody of an organisation of whom nobody else in this file has heard. */
export async function newColleague(chat: Chat, orgId = 'acme'): Promise<Actor> {
  const id = `colleague-${++last}`
  await putUser(chat, { id, displayName: id, avatarUrl: null, role: 'user', orgId })
  return { userId: id, reach: { org: orgId } }
}

interface Place {
  kind?: 'direct' | 'group' | 'channel'
  visibility?: 'private' | 'org'
  historyMode?: 'all' | 'since_join'
  members?: Actor[]
}

/** A conversation with its owner and members, just as the database holds one. */
export async function newPlace(chat: Chat, owner: Actor, place: Place = {}): Promise<ConversationId> {
  const { kind = 'group', visibility = 'private', historyMode = 'all', members = [] } = place
  const [row] = await chat.db.query<{ id: ConversationId }>(
    `insert into conversations (kind, visibility, history_mode, org_id, created_by)
     values ($1, $2, $3, $4, $5) returning id`,
    [kind, visibility, historyMode, owner.reach.org, owner.userId],
  )
  if (!row) throw new Error('no conversation')
  await join(chat, row.id, owner, 'owner')
  for (const member of members) await join(chat, row.id, member)
  return row.id
}

/** Somebody comes, or comes back: nothing older is unread. */
export async function join(
  chat: Chat,
  id: ConversationId,
  { userId }: Actor,
  role: 'owner' | 'admin' | 'member' = 'member',
): Promise<void> {
  await chat.db.query(
    `insert into members (conversation_id, user_id, role, joined_id, joined_seq, read_id, read_seq)
     select id, $2, $3, newest, message_seq, newest, message_seq
     from conversations, coalesce(last_message_id, 0) newest where id = $1
     on conflict (conversation_id, user_id) do update set left_at = null, joined_id = excluded.joined_id`,
    [id, userId, role],
  )
}

export async function leave(chat: Chat, id: ConversationId, { userId }: Actor): Promise<void> {
  await chat.db.query('update members set left_at = now() where conversation_id = $1 and user_id = $2', [
    id,
    userId,
  ])
}

export async function archive(chat: Chat, id: ConversationId): Promise<void> {
  await chat.db.query('update conversations set archived_at = now() where id = $1', [id])
}

export async function say(chat: Chat, actor: Actor, id: ConversationId, text: string): Promise<Message> {
  return (await sendMessage(chat, actor, { conversationId: id, type: 'text', text })).message
}

/** What was delivered of a conversation, in order. */
export async function eventsOf(test: TestChat, id: ConversationId) {
  await test.settled()
  return test.delivered
    .map(({ event }) => event)
    .filter((event) => 'conversationId' in event && event.conversationId === id)
}
