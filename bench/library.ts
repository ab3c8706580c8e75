import type { Context, Library } from './context.ts'
import type { StoreName } from './options.ts'
import { createSchema } from './parley.ts'
import { seedConversations, seedMessages } from './seed.ts'
import { openStore } from './store.ts'

/** Unless another number is given. Of a million, the embedded store needs seconds for one search in all of them. */
const MESSAGES: Record<StoreName, number> = { embedded: 100_000, postgres: 1_000_000 }

export async function seedLibrary(context: Context, store: StoreName): Promise<Library> {
  const { messages = MESSAGES[store], conversations } = context.options
  const home = await createSchema(context, store, 'library')
  context.log(`seeding ${messages} messages in ${conversations} conversations, ${store}`)
  const start = performance.now()
  const db = await openStore(home)
  try {
    await seedConversations(db, conversations)
    await seedMessages(db, messages)
    context.log(`seeded in ${Math.round((performance.now() - start) / 1000)} s`)
    const [longest] = await db.query<Library['longest']>(
      'select id, message_seq as messages from conversations order by message_seq desc, id limit 1',
    )
    if (!longest) throw new Error('There is no conversation to read.')
    return { ...home, messages, longest }
  } finally {
    await db.close()
  }
}
