import { afterAll, inject } from 'vitest'
import { createDatabase, dropDatabase } from '../packages/server/test/support/postgres-admin.ts'
import { marketplace } from './marketplace/suite.ts'

const admin = inject('postgresUrl')
const { name, url } = await createDatabase(admin)
afterAll(() => dropDatabase(admin, name))

marketplace('PostgreSQL', { DATABASE_URL: url })
