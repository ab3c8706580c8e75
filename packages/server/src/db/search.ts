import type { Queryable } from './database.ts'
import { lookup } from './lookup.ts'
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

/** What the index can look up of a text: three letters in a row, or two that end a word, or one that begins one. */
const PARTS = '[[:alnum:]]{3}|[[:alnum:]]{2}[^[:alnum:]]|[^[:alnum:]][[:alnum:]]'

/** What is asked, read once: in a condition it would be read again for each row. */
const ASKED = `asked as materialized (
  select websearch_to_tsquery('russian', $1) as words, $1 ~ '${PARTS}' as has_parts)`

const BEFORE = 'coalesce($3::bigint, 9223372036854775807)'

/**
 * Whether a row `m` of messages has the text `$2` anywhere, or the words asked for in any form, and is older than `$3`. Here
 * and below, what is added to an id keeps the planner from walking along it.
 */
const MATCHES = `m.text is not null and m.deleted_at is null
  and (m.text ilike $2 or to_tsvector('russian', m.text) @@ (select words from asked))
  and m.id + 0 < ${BEFORE}`

const matchParams = ({ text, before, limit }: Search) => [
  text,
  `%${text.replace(/[\\%_]/g, '\\$&')}%`,
  before,
  limit,
]

/** Messages wait beside the index to be put in together; how many, searches notice. */
export async function putPendingIntoIndex(db: Queryable): Promise<void> {
  await db.query(`select gin_clean_pending_list('messages_search')`)
}

/** Up to so many conversations are searched one by one; of more, all matches are filtered. */
const FEW = 100

/**
 * Messages in the conversations that a user has in sight, newest first.
 *
 * Measured: to search one conversation takes 1 ms; to filter what is found of a rare word takes 2 ms for 10,000 of them,
 * and 120 for a word that 30,000 messages have. `is true` keeps the planner from a join: the generic plan of a
 * prepared statement expects so little that it takes a nested loop of many seconds.
 */
export async function searchReach(
  db: Queryable,
  userId: UserId,
  { reach, ...search }: Search & { reach: Reach },
): Promise<Message[]> {
  const few = await listSearchable(db, userId, reach, FEW + 1)
  if (few.length <= FEW) return searchConversations(db, few, search)
  return db.query<Message>(
    `with ${ASKED}
     select ${MESSAGE} from messages m
     where (m.conversation_id in (select id from (${searchable(5)}) o)) is true and ${MATCHES} and m.id > (
       select ${SINCE} from conversations c left join members p on p.conversation_id = c.id and p.user_id = $5
       where c.id = m.conversation_id)
     order by m.id + 0 desc limit $4`,
    [...matchParams(search), userId, ...reachParams(reach)],
  )
}

/**
 * What a row `m` of messages stands under in the index: the stretches of 256, 2,048, 16,384 and 131,072 numbers of its
 * conversation that it is in. Each goes by the number in its middle, which no other has.
 */
const STRETCHES = `array[
  (m.conversation_id << 32 | m.seq) >> 8 << 8 | 128,
  (m.conversation_id << 32 | m.seq) >> 11 << 11 | 1024,
  (m.conversation_id << 32 | m.seq) >> 14 << 14 | 8192,
  (m.conversation_id << 32 | m.seq) >> 17 << 17 | 65536
]`

/** So many times what is wanted is read of the newest messages before the index is asked; of all, where it would know nothing. */
const NEWEST = `case when (select has_parts from asked) then 15 * $4 end`

/**
 * The stretches `n` of 2 to the power of `bits` numbers that are searched of a conversation `o`, the newest first. None is
 * longer than all before it, and there are at most 16 of each length but the last.
 */
const WALK = `
  (select id, seq from messages where conversation_id = o.id and id < ${BEFORE}
   order by id desc offset ${NEWEST} limit 1) newest
  cross join (select seq from messages where conversation_id = o.id and id > o.since order by id limit 1) oldest
  cross join generate_series(8, 17, 3) bits
  cross join generate_series(
    (newest.seq >> bits) - case bits when 8 then 0 else 2 end,
    greatest(oldest.seq >> bits, case when bits < 17 then (newest.seq >> bits + 3) - 1 << 3 end),
    -1
  ) n`

/**
 * The same in a few conversations that the caller may read. What is common is found near the end of each; for what is not,
 * the index is asked for one stretch after the other, until enough is found.
 */
export async function searchConversations(
  db: Queryable,
  few: Searchable[],
  search: Search,
): Promise<Message[]> {
  return db.query<Message>(
    `with ${ASKED}
     select ${MESSAGE} from unnest($5::bigint[], $6::bigint[]) o (id, since) cross join lateral (
       (select m.id from (
         select * from messages where conversation_id = o.id and id > o.since and id < ${BEFORE}
         order by id desc limit ${NEWEST}
       ) m where ${MATCHES} limit $4)
       union all
       (select hit.id from ${WALK} cross join lateral (
         select m.id from messages m
         where ${STRETCHES} @> array[(o.id << 32) + (2 * n + 1 << bits - 1)] and m.conversation_id + 0 = o.id
           and m.id + 0 > o.since and m.id + 0 <= newest.id and ${MATCHES}
         order by m.id + 0 desc limit $4
       ) hit where (select has_parts from asked))
       limit $4
     ) found ${lookup('messages', 'id = found.id', 'm')}
     order by m.id desc limit $4`,
    [...matchParams(search), few.map(({ id }) => id), few.map(({ since }) => since)],
  )
}

function listSearchable(db: Queryable, userId: UserId, reach: Reach, limit: number): Promise<Searchable[]> {
  return db.query<Searchable>(`${searchable(1)} limit $5`, [userId, ...reachParams(reach), limit])
}

/** The message after which the view of a row `p` of members of a row `c` of conversations begins. */
const SINCE = `case when c.history_mode = 'since_join' then coalesce(p.joined_id, c.last_message_id, 0) else 0 end`

/**
 * What the user `$n` has within the reach given as `$n+1` to `$n+3`: conversations that they are in, and the channels
 * of their organisation where they have not looked in yet.
 */
const searchable = (n: number) =>
  `select c.id, ${SINCE} as since
   from members p join conversations c on c.id = p.conversation_id
   where p.user_id = $${n} and p.left_at is null and ${within(n + 1)}
     and (c.visibility = 'private' or c.org_id = (select org_id from users where id = $${n}))
   union all
   select c.id, ${SINCE}
   from conversations c left join members p on p.conversation_id = c.id and p.user_id = $${n}
   where c.visibility = 'org' and c.org_id = (select org_id from users where id = $${n}) and ${within(n + 1)}
     and p.user_id is null`
