import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { load, openLine, requestText } from './http-load.ts'
import { createSchema, openSession, startParley } from './parley.ts'
import { query } from './postgres.ts'
import { temporaryFolder } from './processes.ts'
import { counted, measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'
import { COMMON_WORD, RARE_WORD, seedConversations, seedMessages } from './seed.ts'

const CLIENTS = [1, 16]

interface Page {
  data: object[]
  meta: { next_cursor: string | null }
}

/** Pages of one conversation that has a tenth of all messages, beside a bare route with the same bytes. */
export async function history(context: Context): Promise<Row[]> {
  const [{ id }] = await query<[{ id: string }]>(
    await context.library(),
    'select min(id) as id from conversations',
  )
  const messages = `/conversations/${id}/messages`
  return measureReads(context, async (get) => ({
    'page of 50': `${messages}?limit=50`,
    'page of 50, deep': `${messages}?limit=50&cursor=${await middleOf(get, messages, context.options.messages / 10)}`,
    'search in it, rare word': searchFor(messages, RARE_WORD),
    'search in it, common word': searchFor(messages, COMMON_WORD),
  }))
}

/** A user with many conversations, beside a bare route with the same bytes. */
export async function list(context: Context): Promise<Row[]> {
  return measureReads(context, async () => ({
    'conversations, 20': '/conversations?limit=20',
    'unread conversations, 20': '/conversations?limit=20&filter=unread',
    'unread count': '/conversations/unread-count',
    'search everywhere, rare word': searchFor('/messages', RARE_WORD),
    'search everywhere, common word': searchFor('/messages', COMMON_WORD),
  }))
}

/** The database that both read. */
export async function seedLibrary(context: Context): Promise<string> {
  const { messages, conversations } = context.options
  const url = await createSchema(context, 'library')
  context.log(`seeding ${messages} messages in ${conversations} conversations`)
  const start = performance.now()
  await seedConversations(url, conversations)
  await seedMessages(url, messages)
  context.log(`seeded in ${Math.round((performance.now() - start) / 1000)} s`)
  return url
}

const searchFor = (path: string, word: string) => `${path}/search?q=${encodeURIComponent(word)}`

/** The cursor halfway down, found by walking there. */
async function middleOf(get: Get, path: string, total: number): Promise<string> {
  let cursor = ''
  for (let seen = 0; seen < total / 2; seen += 100) {
    const page = await get(`${path}?limit=100${cursor && `&cursor=${cursor}`}`)
    const { meta } = JSON.parse(page.toString()) as Page
    cursor = encodeURIComponent(meta.next_cursor ?? '')
  }
  return cursor
}

type Get = (path: string) => Promise<Buffer>

/** Paths by what they are called, measured one after the other. */
async function measureReads(
  context: Context,
  pathsOf: (get: Get) => Promise<Record<string, string>>,
): Promise<Row[]> {
  const { stack } = context
  const home = { dataFolder: await temporaryFolder(stack), databaseUrl: await context.library() }
  const [parley, bare] = [await startParley(context, home), await startFloor(stack)]
  const { headers } = await openSession(parley, '1')
  const line = await openLine(parley.url)
  const requestOf = (path: string) => requestText({ path: `/api/vendor${path}`, headers })
  const get = (path: string) => line.exchange(requestOf(path))

  const rows: Row[] = []
  for (const [name, path] of Object.entries(await pathsOf(get))) {
    await bare.put('/bytes', (await get(path)).toString())
    for (const clients of CLIENTS) {
      const read = (name: string, url: string, request: string): Contender => ({
        name,
        measure: (seconds) => load(url, { clients, seconds, request: () => request }),
      })
      const target = read('Parley', parley.url, requestOf(path))
      const floor = read('bare Fastify route', bare.url, requestText({ path: '/bytes', headers }))
      rows.push(await measureInTurn(`${name}, ${counted(clients, 'client')}`, [target, floor], context))
    }
  }
  line.close()
  await Promise.all([parley.stop(), bare.stop()])
  return rows
}
