import type { Context, Library } from './context.ts'
import { startFloor } from './floor.ts'
import { load, openLine, requestText } from './http-load.ts'
import { storesOf } from './options.ts'
import type { StoreName } from './options.ts'
import { openSession, startParley } from './parley.ts'
import { counted, measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'
import { COMMON_WORD, RARE_WORD } from './seed.ts'

const CLIENTS = [1, 16]

interface Page {
  data: object[]
  meta: { next_cursor: string | null }
}

/** Pages of one conversation that has a tenth of all messages, beside a bare route with the same bytes. */
export async function history(context: Context): Promise<Row[]> {
  return measureReads(context, async ({ longest }, get) => {
    const messages = `/conversations/${longest.id}/messages`
    return {
      'page of 50': `${messages}?limit=50`,
      'page of 50, deep': `${messages}?limit=50&cursor=${await middleOf(get, messages, longest.messages)}`,
      'search in it, rare word': searchFor(messages, RARE_WORD),
      'search in it, common word': searchFor(messages, COMMON_WORD),
    }
  })
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

type PathsOf = (library: Library, get: Get) => Promise<Record<string, string>>

async function measureReads(context: Context, pathsOf: PathsOf): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of storesOf(context.options)) rows.push(...(await measureReadsOn(context, store, pathsOf)))
  return rows
}

/** Paths by what they are called, measured one after the other. */
async function measureReadsOn(context: Context, store: StoreName, pathsOf: PathsOf): Promise<Row[]> {
  const library = await context.library(store)
  const size = `${library.messages.toLocaleString('en')} messages`
  const [parley, bare] = [await startParley(context, library), await startFloor(context.stack)]
  const { headers } = await openSession(parley, '1')
  const line = await openLine(parley.url)
  const requestOf = (path: string) => requestText({ path: `/api/vendor${path}`, headers })
  const get = (path: string) => line.exchange(requestOf(path))

  const rows: Row[] = []
  for (const [what, path] of Object.entries(await pathsOf(library, get))) {
    await bare.put('/bytes', (await get(path)).toString())
    for (const clients of CLIENTS) {
      const read = (name: string, url: string, request: string): Contender => ({
        name,
        measure: (seconds) => load(url, { clients, seconds, request: () => request }),
      })
      const target = read('Parley', parley.url, requestOf(path))
      const floor = read('bare Fastify route', bare.url, requestText({ path: '/bytes', headers }))
      const name = `${what}, ${store}, ${size}, ${counted(clients, 'client')}`
      rows.push(await measureInTurn(name, [target, floor], context))
    }
  }
  line.close()
  await Promise.all([parley.stop(), bare.stop()])
  return rows
}
