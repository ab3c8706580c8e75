import { writeSync } from 'node:fs'
import { openPglite } from '../../../src/db/pglite.ts'

/** Writes pairs of rows as fast as it can, says which pairs were committed, and is killed. */
const [dataDir = '', round = ''] = process.argv.slice(2)
const upkeep = { everyMs: 20, checkpointBytes: 100_000 } // so that some are killed in the middle of a checkpoint
const { db } = await openPglite({ dataDir, upkeep, onError: fail })
await db.execute('create table if not exists pairs (id text, half int, primary key (id, half))')
await Promise.all(['a', 'b', 'c'].map(write))

async function write(lane: string): Promise<never> {
  for (let n = 0; ; n += 1) {
    const id = `${round}-${lane}-${n}`
    await db.transaction(async (tx) => {
      await tx.query('insert into pairs (id, half) values ($1, 1)', [id])
      await tx.query('insert into pairs (id, half) values ($1, 2)', [id])
    })
    writeSync(1, `${id}\n`)
  }
}

function fail(error: unknown): never {
  throw error
}
