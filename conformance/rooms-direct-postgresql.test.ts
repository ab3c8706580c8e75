import { afterAll, inject } from 'vitest'
import { createDatabase, dropDatabase } from '../packages/server/test/support/postgres-admin.ts'
import { conversations } from './direct/conversations.ts'
import { recovery as directRecovery } from './direct/recovery.ts'
import { chats } from './rooms/chats.ts'
import { counts } from './rooms/counts.ts'
import { crossing } from './rooms/crossing.ts'
import { recovery } from './rooms/recovery.ts'
import { talk } from './support/talk.ts'

const admin = inject('postgresUrl')
const { name, url } = await createDatabase(admin)
afterAll(() => dropDatabase(admin, name))

const parts = [chats, conversations, counts, crossing, recovery, directRecovery]
talk('rooms and direct on PostgreSQL', parts, { DATABASE_URL: url })
