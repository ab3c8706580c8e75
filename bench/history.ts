import type { Context, Library } from './context.ts'
import { startFloor } from './floor.ts'
import { load, openLine, requestText } from './http-load.ts'
import type { RequestText } from './http-load.ts'
import { storesOf } from './options.ts'
import type { StoreName } from './options.ts'
import { openGroups, openSession, startParley } from './parley.ts'
import type { Parley, Person } from './parley.ts'
import { counted, measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'
import { COMMON_WORD, RARE_WORD } from './seed.ts'

const CLIENTS = [1, 16, 64]
const VENDOR = '/api/vendor'

interface Page {
  data: { id: number }[]
  meta: { next_cursor: string | null }
}

/** Pages of conversations in the three REST dialects, beside a bare route that is asked alike and answers the same bytes. */
export async function history(context: Context): Promise<Row[]> {
  return measureReads(context, async (reader) => {
    const { longest } = reader.library
    const messagesOf = (id: number) => `${VENDOR}/conversations/${id}/messages`
    const longTalk = messagesOf(longest.id)
    const group = await openGroup(reader)
    const newest = { conversationId: String(group), limit: 50 }
    const others = await listConversations(reader)
    return {
      'marketplace, page of 50': [{ path: `${longTalk}?limit=50` }],
      'rooms, page of 50': [{ path: `/api/chat/${group}/messages?limit=50` }],
      'workspace, page of 50': [
        { method: 'POST', path: '/chat/messages/list', body: JSON.stringify(newest) },
      ],
      'page of 50, deep': [{ path: `${longTalk}?limit=50&cursor=${await middleOf(reader, longTalk)}` }],
      'first page, of another conversation each time': others.map((id) => ({
        path: `${messagesOf(id)}?limit=50`,
      })),
      'search in it, rare word': searchFor(longTalk, RARE_WORD),
      'search in it, common word': searchFor(longTalk, COMMON_WORD),
    }
  })
}

/** A user with many conversations, beside the same bare route. */
export async function list(context: Context): Promise<Row[]> {
  return measureReads(context, async () => ({
    'conversations, 20': [{ path: `${VENDOR}/conversations?limit=20` }],
    'unread conversations, 20': [{ path: `${VENDOR}/conversations?limit=20&filter=unread` }],
    'unread count': [{ path: `${VENDOR}/conversations/unread-count` }],
    'search everywhere, rare word': searchFor(`${VENDOR}/messages`, RARE_WORD),
    'search everywhere, common word': searchFor(`${VENDOR}/messages`, COMMON_WORD),
  }))
}

const searchFor = (path: string, word: string) => [{ path: `${path}/search?q=${encodeURIComponent(word)}` }]

/** What is asked by whom, in turn where it is more than one request. */
type Readings = Record<string, RequestText[]>

interface Reader {
  library: Library
  parley: Parley
  person: Person
  exchange: (request: RequestText) => Promise<Buffer>
}

/** A conversation about nothing, in which all dialects but the marketplace can read. */
async function openGroup({ parley, person, exchange }: Reader): Promise<number> {
  const [id = 0] = await openGroups(parley, { buyer: person, seller: { id: '2', headers: {} }, count: 1 })
  for (let n = 0; n < 60; n++) {
    const body = JSON.stringify({ content: `Здравствуйте! Могу забрать сегодня вечером, № ${n}` })
    await exchange({ method: 'POST', path: `/api/chat/${id}/messages`, body })
  }
  return id
}

async function listConversations(reader: Reader): Promise<number[]> {
  const ids: number[] = []
  for await (const { data } of walk(reader, `${VENDOR}/conversations`)) ids.push(...data.map(({ id }) => id))
  return ids
}

/** The cursor halfway down, found by walking there. */
async function middleOf(reader: Reader, path: string): Promise<string> {
  let seen = 0
  for await (const { data, meta } of walk(reader, path)) {
    seen += data.length
    if (seen >= reader.library.longest.messages / 2) return encodeURIComponent(meta.next_cursor ?? '')
  }
  return ''
}

async function* walk({ exchange }: Reader, path: string): AsyncGenerator<Page> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const after: string = cursor && `&cursor=${encodeURIComponent(cursor)}`
    const page = JSON.parse((await exchange({ path: `${path}?limit=100${after}` })).toString()) as Page
    yield page
    cursor = page.meta.next_cursor
  }
}

async function measureReads(
  context: Context,
  readingsOf: (reader: Reader) => Promise<Readings>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of storesOf(context.options))
    rows.push(...(await measureReadsOn(context, store, readingsOf)))
  return rows
}

/** Readings by what they are called, measured one after the other. */
async function measureReadsOn(
  context: Context,
  store: StoreName,
  readingsOf: (reader: Reader) => Promise<Readings>,
): Promise<Row[]> {
  const library = await context.library(store)
  const size = `${library.messages.toLocaleString('en')} messages`
  const [parley, bare] = [await startParley(context, library), await startFloor(context.stack)]
  const person = await openSession(parley, '1')
  const { headers } = person
  const line = await openLine(parley.url)
  const exchange = (request: RequestText) => line.exchange(requestText({ ...request, headers }))

  const rows: Row[] = []
  const readings = await readingsOf({ library, parley, person, exchange })
  for (const [what, asked] of Object.entries(readings)) {
    const [first = { path: '/' }] = asked
    await bare.put('/bytes', (await exchange(first)).toString())
    for (const clients of CLIENTS) {
      const read = (name: string, url: string, requests: RequestText[]): Contender => {
        const texts = requests.map((request) => requestText({ ...request, headers }))
        let next = 0
        const request = () => texts[next++ % texts.length] ?? ''
        return { name, measure: (seconds) => load(url, { clients, seconds, request }) }
      }
      const target = read('Parley', parley.url, asked)
      const floor = read('bare Fastify route', bare.url, [{ ...first, path: '/bytes' }])
      const name = `${what}, ${store}, ${size}, ${counted(clients, 'client')}`
      rows.push(await measureInTurn(name, [target, floor], context))
    }
  }
  line.close()
  await Promise.all([parley.stop(), bare.stop()])
  return rows
}
