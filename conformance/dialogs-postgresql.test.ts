import { afterAll, inject } from 'vitest'
import { createDatabase, dropDatabase } from '../packages/server/test/support/postgres-admin.ts'
import { crossing } from './dialogs/crossing.ts'
import { dialogs } from './dialogs/house.ts'
import { replay } from './dialogs/replay.ts'
import { scopes } from './dialogs/scopes.ts'
import { story } from './dialogs/story.ts'

const admin = inject('postgresUrl')
const { name, url } = await createDatabase(admin)
afterAll(() => dropDatabase(admin, name))

dialogs('dialogs on PostgreSQL', [story, replay, crossing, scopes], { DATABASE_URL: url })
