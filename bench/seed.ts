import type { Store } from './store.ts'

/** Conversations of user 1, each with another person about another product. */
export async function seedConversations(db: Store, count: number): Promise<void> {
  await db.execute(`
    insert into users (id, display_name) select n::text, 'Person ' || n from generate_series(1, ${count} + 1) n;
    insert into subjects (type, id, title, owner_id, details)
      select 'product', n::text, 'Product ' || n, (n + 1)::text, '{"price": 10, "status": "active"}'
      from generate_series(1, ${count}) n;
    insert into conversations (kind, unique_key, subject_type, subject_id, created_by, change_seq)
      select 'direct', format('["product","%s","1"]', n), 'product', n, '1', 1 from generate_series(1, ${count}) n;
    insert into members (conversation_id, user_id)
      select id, unnest(array['1', (subject_id::int + 1)::text]) from conversations`)
  await db.execute('vacuum analyze')
}

export const PHRASES = [
  'Здравствуйте!',
  'Ещё в продаже?',
  'Есть доставка в другой город?',
  'Могу забрать сегодня вечером',
  'Какое состояние у батареи?',
  'Отправьте, пожалуйста, фотографии коробки',
  'Уступите немного?',
  'Спасибо, подумаю',
  'Чек и гарантия сохранились',
  'Пользовались аккуратно, без царапин',
  'Встретимся у метро в семь',
  'Деньги переведу на карту',
  'Is it still available?',
  'I can pick it up tomorrow',
  'Would you take a little less for it?',
  'The charger and the box are included',
  'Thank you, see you there',
  'Sorry, it has been sold already',
]

/** In every thousandth message. */
export const RARE_WORD = 'самовар'
/** In about every ninth. */
export const COMMON_WORD = 'доставка'

/**
 * Messages in those conversations, mixed as time would mix them. The first conversation has a tenth of all; nine
 * of ten are read to the end. Everything holds that sending and reading them one by one would have left behind,
 * except for events, which are forgotten after a day.
 */
export async function seedMessages(db: Store, messages: number): Promise<void> {
  const [index] = await db.query<{ indexdef: string }>(
    `select indexdef from pg_indexes where indexname = 'messages_search'`,
  )
  await db.execute(`
    set local maintenance_work_mem = '1GB';
    set local work_mem = '256MB';
    drop index messages_search;
    ${insertMessages(messages)};
    ${index?.indexdef};
    update conversations c
    set message_seq = s.count, change_seq = 2 + s.count, last_message_id = s.last_id, created_at = s.first_at,
      updated_at = s.last_at
    from (select conversation_id, count(*), max(id) as last_id, min(created_at) as first_at,
            max(created_at) as last_at from messages group by conversation_id) s
    where c.id = s.conversation_id;
    update members m set delivered_id = c.last_message_id, joined_at = c.created_at,
      read_id = case when read then c.last_message_id else 0 end,
      read_seq = case when read then c.message_seq else 0 end,
      own_since_read = case when read then 0 else c.message_seq / 2 end
    from (select *, id % 10 <> 0 as read from conversations) c
    where c.id = m.conversation_id`)
  await db.execute('vacuum analyze')
  await db.execute('checkpoint')
}

const insertMessages = (messages: number) =>
  `with phrases as (
     select array['${PHRASES.join("','")}'] as p, ${PHRASES.length} as n
   ), plans as (
     select id, (subject_id::int + 1)::text as companion,
       case when row_number() over (order by id) = 1 then ${messages} / 10
         else greatest(1, ${messages} * 9 / 10 / (count(*) over () - 1)) end as total
     from conversations
   )
   insert into messages (conversation_id, seq, sender_id, text, created_at)
   select c.id, seq, case when seq % 2 = 0 then '1' else c.companion end,
     concat_ws(' ', p[1 + (seq * 7 + c.id * 13) % n], p[1 + (seq * 5 + c.id * 3 + seq / n) % n], seq * 31 % 9973,
       case when (seq + c.id * 101) % 1000 = 0 then '${RARE_WORD}' end),
     now() - (1 - seq::float8 / c.total) * interval '300 days'
   from phrases, plans c cross join lateral generate_series(1, c.total) as seq
   order by seq::float8 / c.total, c.id`
