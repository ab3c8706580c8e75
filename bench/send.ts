import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { load, requestText } from './http-load.ts'
import { storesOf } from './options.ts'
import type { StoreName } from './options.ts'
import { createHome, openConversations, signIn, startParley } from './parley.ts'
import { counted, measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'
import { storeFloor } from './store-floor.ts'

const CONVERSATIONS = 1000

/** Durable sends over HTTP, signed in and validated, beside the same without a store and the store alone. */
export async function send(context: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of storesOf(context.options)) rows.push(...(await sendOn(context, store)))
  return rows
}

async function sendOn(context: Context, store: StoreName): Promise<Row[]> {
  const bare = await startFloor(context.stack)
  const storeAlone = await storeFloor(context, store, CONVERSATIONS)
  const parley = await startParley(context, await createHome(context, store, 'send'))
  const [buyer, seller] = [await signIn(parley, '1'), await signIn(parley, '2')]
  const ids = await openConversations(parley, { buyer, seller, count: CONVERSATIONS })
  const pick = () => ids[Math.floor(Math.random() * ids.length)] ?? 0

  const rows: Row[] = []
  for (const clients of context.options.senders) {
    const post = (name: string, url: string, path: () => string): Contender => {
      const request = () =>
        requestText({ method: 'POST', path: path(), headers: buyer.headers, body: body() })
      return { name, measure: (seconds) => load(url, { clients, seconds, request }) }
    }
    const target = post('Parley', parley.url, () => `/api/vendor/conversations/${pick()}/messages`)
    const floors = [post('bare Fastify route', bare.url, () => '/messages'), storeAlone(clients)]
    const name = `send, ${store}, ${counted(clients, 'sender')}`
    rows.push(await measureInTurn(name, [target, ...floors], context))
  }
  await Promise.all([parley.stop(), bare.stop()])
  return rows
}

const body = () =>
  JSON.stringify({ text: `Здравствуйте! Ещё продаёте? № ${Math.floor(Math.random() * 1e6)}` })
