import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Context } from './context.ts'
import { createSchema } from './parley.ts'
import { query } from './postgres.ts'
import { temporaryFolder } from './processes.ts'
import type { Contender, Sample } from './samples.ts'
import { timings } from './samples.ts'
import { seedConversations } from './seed.ts'

/** What a send writes: one transaction, four statements. `:conversation` is chosen anew for each. */
const WRITES = [
  `update conversations set message_seq = message_seq + 1, change_seq = change_seq + 1,
     last_message_id = nextval('messages_id_seq'), updated_at = now() where id = :conversation`,
  `insert into messages (id, conversation_id, seq, sender_id, text) overriding system value
   select last_message_id, id, message_seq, '1', 'Здравствуйте! Ещё продаёте? № ' || message_seq
   from conversations where id = :conversation`,
  `update members set own_since_read = own_since_read + 1 where conversation_id = :conversation and user_id = '1'`,
  `insert into events (conversation_id, change_seq, type, payload, recipients)
   select id, change_seq, 'message.created', jsonb_build_object('message', jsonb_build_object('id', last_message_id,
     'conversationId', id, 'seq', message_seq, 'senderId', '1', 'type', 'text', 'text',
     'Здравствуйте! Ещё продаёте? № ' || message_seq, 'attachments', '[]'::jsonb, 'createdAt', now())), '{1,2}'
   from conversations where id = :conversation`,
]

/** Floor of the store: those writes by PostgreSQL's own load generator, in a database of their own. */
export async function storeFloors(
  context: Context,
  conversations: number,
): Promise<(clients: number) => Contender[]> {
  const url = await createSchema(context, 'floor')
  await seedConversations(url, conversations)
  const [{ first }] = await query<[{ first: string }]>(url, 'select min(id) as first from conversations')
  const range = { first: Number(first), last: Number(first) + conversations - 1 }
  const { pgbench } = await context.postgres()
  const folder = await temporaryFolder(context.stack)
  if (pgbench === undefined) context.log('pgbench is missing: the same statements are looped with pg instead')
  return (clients) => [
    {
      name: pgbench === undefined ? 'four writes looped' : 'four writes by pgbench',
      measure: (seconds) =>
        pgbench === undefined
          ? loop(url, { clients, seconds, ...range })
          : runPgbench(pgbench, { folder, url, clients, seconds, ...range }),
    },
  ]
}

interface Load {
  clients: number
  seconds: number
  first: number
  last: number
}

async function runPgbench(
  pgbench: string,
  { folder, url, clients, seconds, first, last }: Load & { folder: string; url: string },
): Promise<Sample> {
  const script = join(folder, 'send.sql')
  const choose = `\\set conversation random(${first}, ${last})`
  await writeFile(
    script,
    [choose, ...['begin', ...WRITES, 'commit'].map((sql) => `${oneLine(sql)};`)].join('\n'),
  )
  const logs = await mkdtemp(join(folder, 'logs-'))
  const threads = Math.min(clients, availableParallelism())
  const args = ['-n', '-M', 'prepared', '-f', script, '-c', clients, '-j', threads, '-T', Math.ceil(seconds)]
  await promisify(execFile)(pgbench, [...args.map(String), '-l', `--log-prefix=${join(logs, 'log')}`, url])
  return timings(await latenciesIn(logs), Math.ceil(seconds))
}

const oneLine = (sql: string) => sql.replaceAll(/\s+/g, ' ')

/** One line for each transaction; its third word is how many microseconds it took. */
async function latenciesIn(folder: string): Promise<number[]> {
  const files = await readdir(folder)
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const lines = texts.flatMap((text) => text.trimEnd().split('\n'))
  return lines.map((line) => Number(line.split(' ')[2]) / 1000)
}

async function loop(url: string, { clients, seconds, first, last }: Load): Promise<Sample> {
  const connections = Array.from({ length: clients }, () => new pg.Client(url))
  await Promise.all(connections.map((connection) => connection.connect()))
  const statements = WRITES.map((sql, n) => ({
    name: `write${n}`,
    text: sql.replaceAll(':conversation', '$1'),
  }))
  const latencies: number[] = []
  const start = performance.now()
  const client = async (connection: pg.Client) => {
    for (let begun = start; begun < start + seconds * 1000; begun = performance.now()) {
      const values = [first + Math.floor(Math.random() * (last - first + 1))]
      await connection.query('begin')
      for (const statement of statements) await connection.query({ ...statement, values })
      await connection.query('commit')
      latencies.push(performance.now() - begun)
    }
  }
  await Promise.all(connections.map(client))
  await Promise.all(connections.map((connection) => connection.end()))
  return timings(latencies, (performance.now() - start) / 1000)
}
