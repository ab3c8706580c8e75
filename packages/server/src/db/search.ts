import type { Queryable } from './database.ts'
import { MESSAGE } from './messages.ts'
import { reachParams, within } from './reach.ts'
import type { ConversationId, Message, MessageId, Reach, UserId } from './schema.ts'

export interface Search {
  /** Words in web search syntax, or any part of a message's text. */
  text: string
  before: MessageId | null
  limit: number
}

/** A conversation to search in, and the message after which its reader's view begins. */
export interface Searchable {
  id: ConversationId
  since: MessageId
}

/** Whether a row `m` of messages has the words `$1`, in any form, or the text `$2` anywhere, and is older than `$3`. */
const MATCHES = `m.text is not null and m.deleted_at is null
  and (to_tsvector('russian', m.text) @@ websearch_to_tsquery('russian', $1) or m.text ilike $2)
  and m.id < coalesce($3::bigint, 9223372036854775807)`

const matchParams = ({ text, before, limit }: Search) => [
  text,
  `%${text.replace(/[\\%_]/g, '\\$&')}%`,
  before,
  limit,
]

/** Up to so many conversations are looked up in the search index one by one; of more, all matches are filtered. */
const FEW = 30

/**
 * Messages in the conversations that a user has in sight, newest first.
 *
 * Measured at 1 million messages: as a condition of the search index, 1 conversation takes 5 ms, 300 take 1,400 and
 * 10,000 take 7 s; as a filter of what the index found (`+ 0` keeps the planner from anything else) 10,000 take 6 ms
 * for a rare word and 360 for one that a tenth of all messages has.
 */
export async function searchReach(
  db: Queryable,
  userId: UserId,
  { reach, ...search }: Search & { reach: Reach },
): Promise<Message[]> {
  const few = await listSearchable(db, userId, reach, FEW + 1)
  if (few.length <= FEW) return searchConversations(db, few, search)
  return db.query<Message>(
    `select ${MESSAGE} from messages m
     join (${searchable(5)}) o on o.id = m.conversation_id + 0 and m.id > o.since
     where ${MATCHES} order by m.id + 0 desc limit $4`,
    [...matchParams(search), userId, ...reachParams(reach)],
  )
}

/** The same in a few conversations that the caller may read. */
export async function searchConversations(
  db: Queryable,
  few: Searchable[],
  search: Search,
): Promise<Message[]> {
  return db.query<Message>(
    `select ${MESSAGE} from messages m
     join unnest($5::bigint[], $6::bigint[]) o (id, since) on o.id = m.conversation_id and m.id > o.since
     where m.conversation_id = any($5) and ${MATCHES} order by m.id desc limit $4`,
    [...matchParams(search), few.map(({ id }) => id), few.map(({ since }) => since)],
  )
}

function listSearchable(db: Queryable, userId: UserId, reach: Reach, limit: number): Promise<Searchable[]> {
  return db.query<Searchable>(`${searchable(1)} limit $5`, [userId, ...reachParams(reach), limit])
}

/**
 * What the user `$n` has within the reach given as `$n+1` to `$n+3`: conversations that they are in, and the channels
 * of their organisation where they have not looked in yet.
 */
const searchable = (n: number) =>
  `select c.id, case when c.history_mode = 'since_join' then p.joined_id else 0 end as since
   from members p join conversations c on c.id = p.conversation_id
   where p.user_id = $${n} and p.left_at is null and ${within(n + 1)}
     and (c.visibility = 'private' or c.org_id = (select org_id from users where id = $${n}))
   union all
   select c.id, case when c.history_mode = 'since_join' then coalesce(c.last_message_id, 0) else 0 end
   from conversations c
   where c.visibility = 'org' and c.org_id = (select org_id from users where id = $${n}) and ${within(n + 1)}
     and not exists (select from members p where p.conversation_id = c.id and p.user_id = $${n})`
