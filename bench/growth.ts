import type { Context, Home } from './context.ts'
import { GROUPS, LONGEST, SOUGHT_WORD, USUAL, seedTown } from './growth-seed.ts'
import { load, openLine, requestText } from './http-load.ts'
import { createSchema, openSession, startParley } from './parley.ts'
import type { Person } from './parley.ts'
import { openPostgres } from './postgres.ts'
import { measureInTurn } from './samples.ts'
import type { Contender, Row, Sample } from './samples.ts'
import { COMMON_WORD, RARE_WORD } from './seed.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'

/** What an operation costs, one after the other, where there are most messages; where there are fewer stands below. */
export async function growth(context: Context): Promise<Row[]> {
  const postgres = await openPostgres(context.stack, 'pg_stat_statements')
  const shared = { ...context, postgres: () => Promise.resolve(postgres) }
  const towns: Town[] = []
  for (const messages of context.options.sizes.toSorted((a, b) => b - a)) {
    const home = await createSchema(shared, 'postgres', 'growth')
    await seed(context, home, messages)
    towns.push(await openTown(shared, home, `${messages.toLocaleString('en')} messages`))
  }
  return [...(await measureTowns(context, towns)), ...(await measureGroups(context, towns.slice(-1)))]
}

async function seed({ log }: Context, home: Home, messages: number): Promise<void> {
  const start = performance.now()
  const db = await openStore(home)
  try {
    await seedTown(db, messages)
    log(`${messages} messages seeded in ${Math.round((performance.now() - start) / 1000)} s`)
  } finally {
    await db.close()
  }
}

interface Town {
  name: string
  /** Requests by what they are called. */
  requests: Record<string, () => string>
  /** Sends to each of `GROUPS`. */
  groups: (() => string)[]
  measure(request: () => string, seconds: number): Promise<Sample>
}

async function measureTowns(context: Context, towns: Town[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const what of Object.keys(towns[0]?.requests ?? {})) {
    const [most, ...fewer] = towns.map(({ name, requests, measure }): Contender => {
      const request = requests[what] ?? (() => '')
      return { name, measure: (seconds) => measure(request, seconds) }
    })
    if (most) rows.push(await measureInTurn(`${what}, ${most.name}`, [most, ...fewer], context))
  }
  return rows
}

/** A send to most members, and to fewer below. */
async function measureGroups(context: Context, towns: Town[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, groups, measure } of towns) {
    const [fewest, most] = groups.map((request, n): Contender => {
      const members = `${GROUPS[n]?.toLocaleString('en')} members`
      return { name: members, measure: (seconds) => measure(request, seconds) }
    })
    if (fewest && most) rows.push(await measureInTurn(`send, ${most.name}, ${name}`, [most, fewest], context))
  }
  return rows
}

async function openTown(context: Context, home: Home, name: string): Promise<Town> {
  const db = await openStore(home)
  context.stack.defer(() => db.close())
  await db.execute('create extension if not exists pg_stat_statements')
  const parley = await startParley(context, home)
  const [reader, companion] = [await openSession(parley, '1'), await openSession(parley, '2')]
  return {
    name,
    requests: await requestsOf(parley.url, reader, companion),
    groups: await groupRequests(db, reader),
    async measure(request, seconds) {
      let count = 0
      const counted = () => {
        count += 1
        return request()
      }
      await db.query(`select pg_stat_statements_reset(0, ${THIS_DATABASE})`)
      const { p50, p99 } = await load(parley.url, { clients: 1, seconds, request: counted })
      return { p50, p99, ...(await readStatistics(db, count)) }
    },
  }
}

const THIS_DATABASE = '(select oid from pg_database where datname = current_database())'

/** What the store did for each of so many operations; what came by less often was the work of the server's own clock. */
async function readStatistics(db: Store, count: number): Promise<Sample> {
  const [sample] = await db.query<Sample>(
    `select sum(shared_blks_hit + shared_blks_read)::float8 / $1 as pages, sum(total_exec_time) / $1 as store
     from pg_stat_statements where dbid = ${THIS_DATABASE} and calls >= $1 and query !~* '^commit'`,
    [count],
  )
  return sample ?? {}
}

/** Usual conversations are those that the reader has many of; the longest has a tenth of all messages. */
async function requestsOf(url: string, reader: Person, companion: Person): Promise<Town['requests']> {
  const get = (path: string, { headers } = reader) => requestText({ path: `/api/vendor${path}`, headers })
  const send = (id: number) =>
    requestText({
      method: 'POST',
      path: `/api/vendor${messagesOf(id)}`,
      headers: reader.headers,
      body: body(),
    })
  const line = await openLine(url)
  const middleOf = async (id: number) => {
    // What is sought stands ten times in a long one, evenly spread.
    const page = await line.exchange(get(`${searchIn(messagesOf(id), SOUGHT_WORD)}&limit=5`))
    const { meta } = JSON.parse(page.toString()) as { meta: { next_cursor: string } }
    return encodeURIComponent(meta.next_cursor)
  }
  const reads: Record<string, string> = {
    'conversations, 20': get('/conversations?limit=20'),
    'unread conversations, 20': get('/conversations?limit=20&filter=unread'),
    'unread count': get('/conversations/unread-count'),
    'unread count, half of the longest': get('/conversations/unread-count', companion),
  }
  for (const [where, id] of [
    ['usual', USUAL.last],
    ['longest', LONGEST],
  ] as const) {
    reads[`page of 50, ${where}`] = get(`${messagesOf(id)}?limit=50`)
    reads[`page of 50, ${where}, deep`] = get(`${messagesOf(id)}?limit=50&cursor=${await middleOf(id)}`)
  }
  for (const [where, path] of [
    ['usual', messagesOf(USUAL.last)],
    ['longest', messagesOf(LONGEST)],
    ['everywhere', '/messages'],
  ] as const)
    for (const [word, text] of [
      ['a few times', SOUGHT_WORD],
      ['in 1 of 1,000', RARE_WORD],
      ['in 1 of 9', COMMON_WORD],
    ] as const)
      reads[`search ${where}, ${word}`] = get(searchIn(path, text))
  line.close()
  const constant = Object.entries(reads).map(([name, text]) => [name, () => text] as const)
  return {
    ...Object.fromEntries(constant),
    'send, usual': () => send(USUAL.first + Math.floor(Math.random() * (USUAL.last - USUAL.first + 1))),
    'send, longest': () => send(LONGEST),
  }
}

const messagesOf = (id: number) => `/conversations/${id}/messages`
const searchIn = (path: string, word: string) => `${path}/search?q=${encodeURIComponent(word)}`
const body = () =>
  JSON.stringify({ text: `Здравствуйте! Ещё продаёте? № ${Math.floor(Math.random() * 1e6)}` })

async function groupRequests(db: Store, { headers }: Person): Promise<Town['groups']> {
  const rows = await db.query<{ id: number }>(
    `select id from conversations join unnest($1::integer[]) with ordinality as g (size, n) on unique_key = 'group of ' || size
     order by n`,
    [GROUPS],
  )
  const content = JSON.stringify({ content: 'Здравствуйте! Ещё продаёте?' })
  return rows.map(({ id }) => {
    const request = { method: 'POST', path: `/api/chat/${id}/messages`, headers, body: content }
    return () => requestText(request)
  })
}
