import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { migrate } from '../../src/db/migrate.ts'
import { readUnread } from '../../src/db/unread.ts'
import { eachStore } from '../support/databases.ts'

const MIGRATIONS = path.join(import.meta.dirname, '../../migrations')

/** Longer than what is counted together; each member wrote every third message, the first since what they have read. */
const CONVERSATION = `
  insert into users (id, display_name) values ('anna', 'Anna'), ('boris', 'Boris'), ('vera', 'Vera');
  insert into conversations (kind, unique_key, message_seq) values ('group', 'of three', 9000);
  insert into members (conversation_id, user_id, read_seq, read_id)
    select c.id, m.user_id, m.read_seq, m.read_seq
    from conversations c, (values ('anna', 0), ('boris', 100), ('vera', 5000)) m (user_id, read_seq);
  insert into messages (id, conversation_id, seq, sender_id, type, text, deleted_at)
    overriding system value
    select n, c.id, n, (array['anna', 'boris', 'vera'])[n % 3 + 1], case when n % 7 = 0 then 'system' else 'text' end, 'x',
      case when n % 5 = 0 then now() end
    from conversations c, generate_series(1, 9000) n;
  update members m set own_since_read =
    (select count(*) from messages x where x.sender_id = m.user_id and x.seq > m.read_seq)`

eachStore('a database in which own messages were counted whether they count or not', (db) => {
  test('counts as unread after the migration what a recount does', async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-test-migrations-'))
    for (const name of (await fs.readdir(MIGRATIONS)).filter((file) => file < '0010'))
      await fs.copyFile(path.join(MIGRATIONS, name), path.join(folder, name))
    await db().execute('drop schema public cascade; create schema public')
    await migrate(db(), folder)
    await fs.rm(folder, { recursive: true })
    await db().execute(CONVERSATION)

    await migrate(db())

    const [conversation] = await db().query<{ id: number }>('select id from conversations')
    const places = ['anna', 'boris', 'vera'].map((userId) => ({
      userId,
      conversationId: conversation?.id ?? 0,
    }))
    const counted = await readUnread(db(), places)
    const recounted = await db().query<{ userId: string; unread: number }>(
      `select m.user_id as "userId", count(x.id) as unread
       from members m join messages x on x.conversation_id = m.conversation_id
       where x.seq > m.read_seq and x.sender_id <> m.user_id and x.type <> 'system' and x.deleted_at is null
       group by 1 order by 1`,
    )
    expect(counted.map(({ userId, unread }) => ({ userId, unread }))).toEqual(recounted)
    expect(recounted).toHaveLength(3)
  })
})
