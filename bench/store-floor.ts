import type { Context, Home } from './context.ts'
import type { StoreName } from './options.ts'
import { createSchema } from './parley.ts'
import { runPgbench } from './pgbench.ts'
import type { Pgbench } from './pgbench.ts'
import { temporaryFolder } from './processes.ts'
import { timings } from './samples.ts'
import type { Contender, Sample } from './samples.ts'
import { seedConversations } from './seed.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'

/** What a send writes: one transaction, four statements. `$1` is the conversation, chosen anew for each. */
const WRITES = [
  `update conversations set message_seq = message_seq + 1, change_seq = change_seq + 1,
     last_message_id = nextval('messages_id_seq'), updated_at = now() where id = $1`,
  `insert into messages (id, conversation_id, seq, sender_id, text) overriding system value
   select last_message_id, id, message_seq, '1', 'Здравствуйте! Ещё продаёте? № ' || message_seq
   from conversations where id = $1`,
  `update members set own_since_read = own_since_read + 1 where conversation_id = $1 and user_id = '1'`,
  `insert into events (conversation_id, change_seq, type, payload, recipients)
   select id, change_seq, 'message.created', jsonb_build_object('message', jsonb_build_object('id', last_message_id,
     'conversationId', id, 'seq', message_seq, 'senderId', '1', 'type', 'text', 'text',
     'Здравствуйте! Ещё продаёте? № ' || message_seq, 'attachments', '[]'::jsonb, 'createdAt', now())), '{1,2}'
   from conversations where id = $1`,
]

/**
 * Floor of the store: those writes and nothing else, in a database of their own. PostgreSQL's own load generator
 * does them; where it is missing, and on the embedded store, Parley's driver does.
 */
export async function storeFloor(
  context: Context,
  store: StoreName,
  conversations: number,
): Promise<(clients: number) => Contender> {
  const home = await createSchema(context, store, 'floor')
  const db = await openStore(home)
  context.stack.defer(() => db.close())
  await seedConversations(db, conversations)
  const [ids] = await db.query<Ids>('select min(id) as first, max(id) as last from conversations')
  if (!ids) throw new Error('There is no conversation to write in.')
  const pgbench = store === 'postgres' ? await findPgbench(context, home) : undefined
  return (clients) => ({
    name: pgbench ? 'four writes by pgbench' : 'four writes looped',
    measure: (seconds) =>
      pgbench
        ? runPgbench(pgbench, { clients, seconds, statements: WRITES, ...ids })
        : loop(db, { clients, seconds, ...ids }),
  })
}

async function findPgbench({ postgres, stack, log }: Context, home: Home): Promise<Pgbench | undefined> {
  const { pgbench: binary } = await postgres()
  if (binary !== undefined)
    return { binary, url: home.databaseUrl ?? '', folder: await temporaryFolder(stack) }
  log('pgbench is missing: the same statements are looped instead')
  return undefined
}

interface Ids {
  first: number
  last: number
}

async function loop(
  db: Store,
  { clients, seconds, first, last }: Ids & { clients: number; seconds: number },
): Promise<Sample> {
  const latencies: number[] = []
  const start = performance.now()
  const client = async () => {
    for (let begun = start; begun < start + seconds * 1000; begun = performance.now()) {
      const params = [first + Math.floor(Math.random() * (last - first + 1))]
      // All in one go: a floor waits for nothing but the commit.
      await db.transaction((tx) => Promise.all(WRITES.map((text) => tx.query(text, params))))
      latencies.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return timings(latencies, (performance.now() - start) / 1000)
}
