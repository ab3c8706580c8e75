import type { Queryable } from './database.ts'
import { MESSAGE } from './messages.ts'
import type { ConversationId, Message, MessageId, UserId } from './schema.ts'

type Place = Pick<Message, 'conversationId' | 'id'>

/** How many messages are pinned in a conversation besides this one. */
export async function countOtherPins(tx: Queryable, { conversationId, id }: Place): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    'select count(*) from messages where conversation_id = $1 and pinned_at is not null and id <> $2',
    [conversationId, id],
  )
  return row?.count ?? 0
}

interface Pinned {
  pinnedAt: Date
  changeSeq: number
}

/** Null where it was pinned already. */
export async function setPinned(
  tx: Queryable,
  { conversationId, id }: Place,
  by: UserId,
): Promise<Pinned | null> {
  const [row] = await tx.query<Pinned>(
    `with pinned as (
       update messages set pinned_at = clock_timestamp(), pinned_by = $3 where id = $2 and pinned_at is null
       returning pinned_at
     )
     update conversations set change_seq = change_seq + 1 where id = $1 and exists (select from pinned)
     returning change_seq as "changeSeq", (select pinned_at from pinned) as "pinnedAt"`,
    [conversationId, id, by],
  )
  return row ?? null
}

/** The new change number, or null where it was not pinned. */
export async function clearPinned(tx: Queryable, { conversationId, id }: Place): Promise<number | null> {
  const [row] = await tx.query<{ changeSeq: number }>(
    `with unpinned as (
       update messages set pinned_at = null, pinned_by = null where id = $2 and pinned_at is not null
       returning id
     )
     update conversations set change_seq = change_seq + 1 where id = $1 and exists (select from unpinned)
     returning change_seq as "changeSeq"`,
    [conversationId, id],
  )
  return row?.changeSeq ?? null
}

/** Where a page of pins begins: below this one. */
export interface PinPlace {
  pinnedAt: Date
  id: MessageId
}

export interface PinPage {
  conversationId: ConversationId
  /** Only what was written after this message. */
  since: MessageId
  before: PinPlace | null
  limit: number
}

/** The last pinned first. */
export function listPinned(
  db: Queryable,
  { conversationId, since, before, limit }: PinPage,
): Promise<Message[]> {
  return db.query<Message>(
    `select ${MESSAGE} from messages m
     where m.conversation_id = $1 and m.pinned_at is not null and m.id > $2
       and (m.pinned_at, m.id) < (coalesce($3::timestamptz, 'infinity'), coalesce($4::bigint, 0))
     order by m.pinned_at desc, m.id desc limit $5`,
    [conversationId, since, before?.pinnedAt ?? null, before?.id ?? null, limit],
  )
}
