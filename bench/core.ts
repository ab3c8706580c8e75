import { createAudiences } from '../packages/server/src/core/audiences.ts'
import { createCache } from '../packages/server/src/core/cache.ts'
import { createGathering } from '../packages/server/src/core/gathering.ts'
import { createPages } from '../packages/server/src/core/pages.ts'
import { createPresence } from '../packages/server/src/core/last-seen.ts'
import { sendMessage } from '../packages/server/src/core/sending.ts'
import type { Chat } from '../packages/server/src/core/types.ts'
import { createHub } from '../packages/server/src/realtime/hub.ts'
import { openLog } from '../packages/server/src/realtime/log.ts'
import type { Context } from './context.ts'
import { storesOf } from './options.ts'
import type { StoreName } from './options.ts'
import { createSchema } from './parley.ts'
import { counted, measureInTurn, timings } from './samples.ts'
import type { Contender, Row } from './samples.ts'
import { seedConversations } from './seed.ts'
import { storeFloor } from './store-floor.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'

const CONVERSATIONS = 1000

/** Durable sends by the core alone, each numbered and handed to the hub, beside the store alone. */
export async function core(context: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of storesOf(context.options)) rows.push(...(await coreOn(context, store)))
  return rows
}

async function coreOn(context: Context, store: StoreName): Promise<Row[]> {
  const storeAlone = await storeFloor(context, store, CONVERSATIONS)
  const db = await openStore(await createSchema(context, store, 'core'))
  context.stack.defer(() => db.close())
  await seedConversations(db, CONVERSATIONS)
  const rows = await db.query<{ id: number }>('select id from conversations')
  const ids = rows.map(({ id }) => id)
  const { chat, received } = await openChat(context, db)
  const measured: Row[] = []
  for (const senders of context.options.senders) {
    const target: Contender = {
      name: 'Parley, core',
      measure: (seconds) => sendAll(chat, { ids, senders, seconds, received }),
    }
    const name = `core, ${store}, ${counted(senders, 'sender')}`
    measured.push(await measureInTurn(name, [target, storeAlone(senders)], context))
  }
  return measured
}

interface Load {
  ids: number[]
  senders: number
  seconds: number
  /** Resolves once the hub has been handed this message. */
  received: (id: number) => Promise<void>
}

/** A send has ended once it is acknowledged and the hub has it. */
async function sendAll(chat: Chat, { ids, senders, seconds, received }: Load) {
  const latencies: number[] = []
  const start = performance.now()
  const actor = { userId: '1', reach: { kinds: ['direct' as const], subjectTypes: ['product'] } }
  const sender = async () => {
    for (let begun = start; begun < start + seconds * 1000; begun = performance.now()) {
      const conversationId = ids[Math.floor(Math.random() * ids.length)] ?? 0
      const text = `Здравствуйте! Ещё продаёте? № ${Math.floor(Math.random() * 1e6)}`
      const { message } = await sendMessage(chat, actor, { conversationId, type: 'text', text })
      await received(message.id)
      latencies.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: senders }, sender))
  return timings(latencies, (performance.now() - start) / 1000)
}

async function openChat({ stack }: Context, db: Store) {
  const hub = createHub({ onPresence: () => undefined })
  const delivered = new Map<number, PromiseWithResolvers<undefined>>()
  const waitFor = (id: number) => {
    const known = delivered.get(id)
    if (known) return known
    const waiting = Promise.withResolvers<undefined>()
    delivered.set(id, waiting)
    return waiting
  }
  const audiences = createAudiences(db)
  const log = await openLog({
    db,
    audiences,
    deliver(event, audience) {
      hub.deliver(event, audience)
      if (event.type === 'message.created') waitFor(event.message.id).resolve(undefined)
    },
    onError(error) {
      throw error
    },
  })
  stack.defer(() => log.stop())
  const chat: Chat = {
    db,
    blobs: unused(),
    presence: createPresence(db),
    sessions: createCache(),
    users: createCache(),
    audiences,
    publish: hub.deliver,
    committed: log.wake,
    appended: log.append,
    sends: createGathering(),
    looks: createGathering(),
    pages: createPages(),
    statusChanged: () => undefined,
  }
  const received = async (id: number) => {
    await waitFor(id).promise
    delivered.delete(id)
  }
  return { chat, received }
}

const unused = (): Chat['blobs'] => {
  const refuse = () => Promise.reject(new Error('Nothing here has files.'))
  return { put: refuse, open: refuse, delete: refuse, deleteAll: refuse }
}
