import { openDatabase, type OpenedDatabase } from '../../../../../packages/server/src/db/open.ts'

export type Store = OpenedDatabase['db']

/** The store of a server that does not run. */
export async function withStore(dataDir: string, act: (store: Store) => Promise<void>): Promise<void> {
  const { db } = await openDatabase({
    dataDir,
    onError(error) {
      throw error
    },
  })
  await act(db)
  await db.close()
}

export interface LongTalk {
  buyer: number
  product: number
  messages: number
  /** How many of them, all of the seller, the buyer has not read. */
  unread: number
}

/** In the first message of a long talk. */
export const RARE_WORD = 'samovar'

/** A conversation with a message every hour until now: `Message 1.`, `Message 2.` and so on, of each in turn. */
export async function holdLongTalk(store: Store, { buyer, product, messages, unread }: LongTalk) {
  const key = `["product","${product}","${buyer}"]`
  await store.execute(`
    insert into conversations (kind, unique_key, subject_type, subject_id, created_by)
      values ('direct', '${key}', 'product', '${product}', '${buyer}');
    insert into members (conversation_id, user_id)
      select c.id, unnest(array[c.created_by, s.owner_id]) from conversations c
      join subjects s on s.type = c.subject_type and s.id = c.subject_id where c.unique_key = '${key}';
    insert into messages (conversation_id, seq, sender_id, text, created_at)
      select c.id, n, case when n % 2 = 0 and n <= ${messages - unread} then c.created_by else s.owner_id end,
        format('Message %s.%s', n, case when n = 1 then ' A ${RARE_WORD}!' end),
        now() - (${messages} - n) * interval '1 hour'
      from conversations c join subjects s on s.type = c.subject_type and s.id = c.subject_id,
        generate_series(1, ${messages}) n
      where c.unique_key = '${key}' order by n;
    update conversations c set message_seq = ${messages}, change_seq = 1 + ${messages},
      last_message_id = (select max(id) from messages where conversation_id = c.id)
      where unique_key = '${key}';
    update members m set delivered_id = c.last_message_id, read_id = r.id, read_seq = r.seq
      from conversations c, messages r
      where c.unique_key = '${key}' and m.conversation_id = c.id and r.conversation_id = c.id
        and r.seq = ${messages} - case when m.user_id = c.created_by then ${unread} else 0 end`)
}
