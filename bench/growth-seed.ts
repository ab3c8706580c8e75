import { PHRASES, RARE_WORD } from './seed.ts'
import type { Store } from './store.ts'

/** The longest conversation, of users 1 and 2, */
export const LONGEST = 1
/** and the usual ones of user 1. */
export const USUAL = { first: 2, last: 39 }
/** Ten conversations in a row have so many messages, 100 on average. */
const LENGTHS = [10, 20, 30, 40, 50, 60, 80, 110, 200, 400]
/** In the reader's conversations so often, however many messages there are: ten times in the longest one. */
export const SOUGHT_WORD = 'астролябия'
/** The reader also owns groups with so many members, the reader included. */
export const GROUPS = [2, 10_000]

/**
 * People who talk in twos about products, each in some 20 conversations. What the reader has is the same however many
 * there are, but for the longest conversation, which has a tenth of all messages: of that the reader has read all,
 * and user 2 half. Events are forgotten.
 */
export async function seedTown(db: Store, messages: number): Promise<void> {
  const indexes = await db.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename = 'messages' and indexname <> 'messages_pkey'`,
  )
  await db.execute(`
    set local maintenance_work_mem = '1GB';
    set local work_mem = '256MB';
    -- Nothing here breaks a foreign key, and to ask would take longer than to write.
    set local session_replication_role = replica;
    ${insertConversations(messages)};
    drop index ${indexes.map(({ name }) => name).join(', ')};
    ${INSERT_MESSAGES};
    ${indexes.map(({ definition }) => definition).join(';')};
    analyze messages;
    ${SETTLE};
    ${INSERT_GROUPS}`)
  await db.execute('vacuum analyze')
  await db.execute('checkpoint')
}

/** Their ids are those of the plans. */
const insertConversations = (messages: number) => {
  const count = Math.round((messages * 0.9) / 100) + 1
  const people = Math.ceil(count / 10)
  return `
    create temporary table plans on commit drop as
      select id, case when id <= ${USUAL.last} then 1 else 3 + id / 20 end as buyer,
        case when id = ${LONGEST} then 2 else 3 + ${people} + id * 7919::bigint % ${people} end as seller,
        case when id = ${LONGEST} then ${messages} / 10 else (array[${LENGTHS.join()}])[1 + id % ${LENGTHS.length}] end as total
      from generate_series(1, ${count}) id;
    insert into users (id, display_name)
      select n::text, 'Person ' || n from generate_series(1, ${people} * 2 + 3) n;
    insert into subjects (type, id, title, owner_id, details)
      select 'product', id, 'Product ' || id, seller, '{"price": 10, "status": "active"}' from plans;
    insert into conversations (kind, unique_key, subject_type, subject_id, created_by, message_seq, change_seq)
      select 'direct', format('["product","%s","%s"]', id, buyer), 'product', id, buyer, total, total + 2
      from plans order by id;
    insert into members (conversation_id, user_id) select id, unnest(array[buyer, seller]) from plans`
}

/** What the message `seq` of the conversation `id` is, of those that `plans` has: one in a hundred is deleted. */
const SENDER = `(case when seq % 2 = 0 then buyer else seller end)::text`
const IS_DELETED = `(seq * 3 + id) % 101 = 0`

/** Mixed as time would mix them. */
const INSERT_MESSAGES = `
  insert into messages (conversation_id, seq, sender_id, text, created_at, deleted_at)
  select id, seq, ${SENDER},
    case when not is_deleted then concat_ws(' ', p[1 + (seq * 7 + id * 13) % ${PHRASES.length}],
      p[1 + (seq * 5 + id * 3 + seq / ${PHRASES.length}) % ${PHRASES.length}], seq * 31 % 9973,
      case when (seq + id * 101) % 1000 = 0 then '${RARE_WORD}' end,
      case when buyer = 1 and seq % greatest(total / 10, 40) = 5 then '${SOUGHT_WORD}' end) end,
    at, case when is_deleted then at end
  from (
    select *, ${IS_DELETED} as is_deleted, now() - (1 - seq::float8 / total) * interval '300 days' as at
    from plans cross join lateral generate_series(1, total) as seq
    order by seq::float8 / total, id
  ) m, (select array['${PHRASES.join("','")}'] as p) phrases`

/** Of every tenth conversation half is read. */
const SETTLE = `
  update conversations c set last_message_id = last.id, created_at = first.created_at, updated_at = last.created_at
  from plans
  cross join lateral (select created_at from messages where conversation_id = plans.id order by id limit 1) first
  cross join lateral (
    select id, created_at from messages where conversation_id = plans.id order by id desc limit 1) last
  where c.id = plans.id;
  update members m set delivered_id = c.last_message_id, joined_at = c.created_at, read_id = c.last_message_id,
    read_seq = c.message_seq
  from conversations c where c.id = m.conversation_id;
  update members m set read_seq = total / 2,
    own_since_read = (
      select count(*) from generate_series(total / 2 + 1, total) seq where ${SENDER} = m.user_id and not (${IS_DELETED})),
    read_id = (select id from messages where conversation_id = plans.id order by id offset total / 2 limit 1)
  from plans where plans.id = m.conversation_id and (plans.id % 10 = 5 or user_id = '2');
  -- The trigger does not see what is seeded.
  insert into uncounted
    select conversation_id, seq >> 12, count(*) from messages where deleted_at is not null group by 1, 2 order by 1, 2`

const INSERT_GROUPS = `
  insert into users (id, display_name)
    select 'member-' || n, 'Member ' || n from generate_series(1, ${Math.max(...GROUPS) - 1}) n;
  insert into conversations (kind, unique_key, created_by, change_seq)
    select 'group', 'group of ' || size, '1', 1 from unnest(array[${GROUPS.join()}]) size;
  insert into members (conversation_id, user_id, role) select id, '1', 'owner' from conversations where kind = 'group';
  insert into members (conversation_id, user_id)
    select id, 'member-' || n from unnest(array[${GROUPS.join()}]) size
    join conversations on unique_key = 'group of ' || size cross join lateral generate_series(1, size - 1) n`
