import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { load, requestText } from './http-load.ts'
import { storesOf } from './options.ts'
import type { StoreName } from './options.ts'
import { createHome, openConversations, openGroups, signIn, startParley } from './parley.ts'
import { counted, measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'

const CONVERSATIONS = 1000

/** How each dialect opens conversations of two people, and sends a text to one. */
const DIALECTS = {
  marketplace: {
    open: openConversations,
    send: (id: number) => ({ path: `/api/vendor/conversations/${id}/messages`, body: { text: text() } }),
  },
  rooms: {
    open: openGroups,
    send: (id: number) => ({ path: `/api/chat/${id}/messages`, body: { content: text() } }),
  },
  workspace: {
    open: openGroups,
    send: (id: number) => ({
      path: '/chat/messages/send',
      body: { conversationId: String(id), content: text() },
    }),
  },
}
const NAMES = ['marketplace', 'rooms', 'workspace'] as const

const text = () => `Здравствуйте! Ещё продаёте? № ${Math.floor(Math.random() * 1e6)}`

/** Durable sends over HTTP: signed in, validated, counted against the rate limit; beside the same without a store. */
export async function send(context: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of storesOf(context.options))
    for (const dialect of NAMES) rows.push(...(await sendOn(context, store, dialect)))
  return rows
}

async function sendOn(context: Context, store: StoreName, dialect: keyof typeof DIALECTS): Promise<Row[]> {
  const { open, send } = DIALECTS[dialect]
  const bare = await startFloor(context.stack)
  const parley = await startParley(context, await createHome(context, store, 'send'))
  const [buyer, seller] = [await signIn(parley, '1'), await signIn(parley, '2')]
  const ids = await open(parley, { buyer, seller, count: CONVERSATIONS })
  const pick = () => send(ids[Math.floor(Math.random() * ids.length)] ?? 0)

  const rows: Row[] = []
  for (const clients of context.options.senders) {
    const post = (name: string, url: string, bareRoute?: string): Contender => {
      const request = () => {
        const { path, body } = pick()
        const json = JSON.stringify(body)
        return requestText({ method: 'POST', path: bareRoute ?? path, headers: buyer.headers, body: json })
      }
      return { name, measure: (seconds) => load(url, { clients, seconds, request }) }
    }
    const floor = post('bare Fastify route', bare.url, `/${dialect}`)
    const name = `${dialect} send, ${store}, ${counted(clients, 'sender')}`
    rows.push(await measureInTurn(name, [post('Parley', parley.url), floor], context))
  }
  await Promise.all([parley.stop(), bare.stop()])
  return rows
}
