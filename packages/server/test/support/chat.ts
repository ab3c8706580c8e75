import { diskBlobs } from '../../src/blobs/disk.ts'
import type { Audience, ChatEvent } from '../../src/core/events.ts'
import { createGathering } from '../../src/core/gathering.ts'
import { createPages } from '../../src/core/pages.ts'
import { createPresence } from '../../src/core/last-seen.ts'
import { openAboutSubject } from '../../src/core/creation.ts'
import { createAudiences } from '../../src/core/audiences.ts'
import { createCache } from '../../src/core/cache.ts'
import { putSubject } from '../../src/core/subjects.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { putUser } from '../../src/core/users.ts'
import type { Database } from '../../src/db/database.ts'
import { createHub } from '../../src/realtime/hub.ts'
import type { Hub } from '../../src/realtime/hub.ts'
import { openLog } from '../../src/realtime/log.ts'
import type { EventLog } from '../../src/realtime/log.ts'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface TestChat {
  chat: Chat
  hub: Hub
  log: EventLog
  /** Everything that was delivered, in order. */
  delivered: { event: ChatEvent; audience: Audience }[]
  /** Resolves once everything that was committed before the call has been delivered. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** The core with its log and hub, without any protocol. */
export async function openTestChat(
  db: Database,
  alsoTo: (event: ChatEvent, audience: Audience) => void = () => undefined,
): Promise<TestChat> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-test-blobs-'))
  const delivered: TestChat['delivered'] = []
  const faults: unknown[] = []
  const hub = createHub({ onPresence: () => undefined })
  const audiences = createAudiences(db)
  const log = await openLog({
    db,
    audiences,
    deliver(event, audience) {
      delivered.push({ event, audience })
      hub.deliver(event, audience)
      alsoTo(event, audience)
    },
    onError: (error) => faults.push(error),
  })
  const chat: Chat = {
    db,
    blobs: diskBlobs(folder),
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
  return {
    chat,
    hub,
    log,
    delivered,
    async settled() {
      const [last] = await db.query<{ id: number }>('select coalesce(max(id), 0) as id from events')
      for (;;) {
        const [open] = await db.query('select from events where id <= $1 and position is null', [last?.id])
        if (!open) break
      }
      await log.catchUp()
    },
    async close() {
      await log.stop()
      fs.rmSync(folder, { recursive: true, force: true })
      if (faults.length > 0) throw new AggregateError(faults, `Background faults: ${faults.join(', ')}`)
    },
  }
}

let lastId = 1000

/** A user of whom nobody else in this file has heard. */
export async function newActor(chat: Chat, displayName = 'Somebody'): Promise<Actor> {
  const id = String(++lastId)
  await putUser(chat, { id, displayName, avatarUrl: null, role: 'user', orgId: null })
  return { userId: id, reach: { kinds: ['direct'], subjectTypes: ['product'] } }
}

/** A conversation of a buyer with a seller about a new product. */
export async function newConversation(chat: Chat, buyer: Actor, seller: Actor): Promise<ConversationId> {
  const about = { type: 'product', id: String(++lastId) }
  const details = { price: 1, status: 'active', imageUrl: null }
  await putSubject(chat, { ...about, title: 'Фара', url: null, ownerId: seller.userId, details })
  const { overview } = await openAboutSubject(chat, buyer, about)
  return overview.conversation.id
}
