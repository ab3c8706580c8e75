import { afterAll, inject } from 'vitest'
import { createDatabase, dropDatabase } from '../packages/server/test/support/postgres-admin.ts'
import { workspace } from './workspace/suite.ts'

const admin = inject('postgresUrl')
const { name, url } = await createDatabase(admin)
afterAll(() => dropDatabase(admin, name))

workspace('PostgreSQL', { DATABASE_URL: url })
