import fs from 'node:fs'
import { openPglite } from '../../../src/db/pglite.ts'

/** Prints what each kind of work synced; `count-syncs.ts` is loaded before it. */
const [dataDir = '', log = ''] = process.argv.slice(2)
const { db } = await openPglite({ dataDir, onError: fail })
await db.execute('create table notes (id int primary key)')

const synced: Record<string, string[]> = {
  statements: await during(async () => {
    for (let id = 1; id <= 20; id += 1) await db.query('insert into notes values ($1)', [id])
  }),
  transactions: await during(async () => {
    for (let id = 21; id <= 30; id += 1)
      await db.transaction((tx) => tx.query('insert into notes values ($1)', [id]))
  }),
  reads: await during(async () => {
    for (let id = 1; id <= 20; id += 1) await db.query('select id from notes where id = $1', [id])
  }),
  rollback: await during(() =>
    db
      .transaction(async (tx) => {
        await tx.query('insert into notes values (31)')
        throw new Error('no')
      })
      .catch(() => undefined),
  ),
  checkpoint: await during(() => db.query('checkpoint')),
}
process.stdout.write(JSON.stringify(synced))
await db.close()

async function during(work: () => Promise<unknown>): Promise<string[]> {
  fs.writeFileSync(log, '')
  await work()
  return fs.readFileSync(log, 'utf8').split('\n').filter(Boolean)
}

function fail(error: unknown): never {
  throw error
}
